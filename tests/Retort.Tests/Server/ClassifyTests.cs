using System.Text.Json.Nodes;
using Retort.Runtime;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary><c>POST /v1/classify</c> says what the runtime says.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class ClassifyTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly string[] Texts = ["a good film", "the bad plot", "", "never seen 词 😀 \" \\ \n words", new string('x', 19_000), "good\u0000bad"];

    [Fact]
    public async Task Every_text_has_the_answer_of_the_runtime()
    {
        using var classifier = TextClassifier.Load(server.Student);
        JsonNode answer = await server.Client.AskAsync("/v1/classify", new JsonObject { ["model"] = "plain", ["texts"] = new JsonArray([.. Texts.Select(text => JsonValue.Create(text))]), ["probabilities"] = true }.ToJsonString());
        Assert.Equal("plain", (string?)answer["model"]);
        Assert.Matches("^[0-9a-f]{12}$", (string?)answer["version"]);
        Assert.Equal(Texts.Length, answer["answers"]!.AsArray().Count);
        float[] expected = new float[2];
        foreach ((string text, JsonNode? said) in Texts.Zip(answer["answers"]!.AsArray()))
        {
            Classification own = classifier.Classify(text);
            classifier.Classify(text, expected);
            Assert.Equal(own.Label, (string?)said!["label"]);
            Assert.Equal(own.Probability, (float)said["probability"]!);
            Assert.Equal(expected, said["probabilities"]!.AsObject().Select(pair => (float)pair.Value!));
            Assert.Equal(["label", "probability", "probabilities"], said.AsObject().Select(pair => pair.Key));
        }
    }

    [Fact]
    public async Task The_first_model_answers_where_none_is_named() =>
        Assert.Equal("reviews", (string?)(await server.Client.AskAsync("/v1/classify", """{"texts":["a film"]}"""))["model"]);

    [Fact]
    public async Task An_explanation_adds_up_to_the_logit()
    {
        JsonArray answers = await server.Client.ClassifyAsync(new { model = "plain", texts = new[] { "a good film", "the bad end" }, explain = true });
        foreach (JsonNode? answer in answers)
        {
            JsonNode explanation = answer!["explanation"]!;
            Assert.Equal((string?)answer["label"], (string?)explanation["label"]);
            double sum = (double)explanation["bias"]! + explanation["parts"]!.AsArray().Sum(part => (double)part!["contribution"]!);
            Assert.Equal((double)explanation["logit"]!, sum, 1e-4);
        }
        JsonArray other = await server.Client.ClassifyAsync(new { model = "plain", texts = new[] { "a good film" }, explain = true, explain_label = "bad" });
        Assert.Equal("bad", (string?)other[0]!["explanation"]!["label"]);
    }

    [Fact]
    public async Task Timings_are_told_where_they_are_asked_for()
    {
        JsonArray answers = await server.Client.ClassifyAsync(new { model = "plain", texts = new[] { "a good film" }, timings = true });
        Assert.InRange((double)answers[0]!["student"]!["microseconds"]!, 0.01, 1e6);
        Assert.Null(answers[0]!["teacher"]);
    }

    [Theory]
    [InlineData("""{"texts":["a"]""", "invalid_json", "line 1")]
    [InlineData("", "invalid_json", "line 1")]
    [InlineData("[]", "invalid_field", "the body is an array")]
    [InlineData("""{"texts":"a"}""", "invalid_field", "texts is a string: expected an array")]
    [InlineData("""{"texts":[]}""", "invalid_field", "texts is empty")]
    [InlineData("""{}""", "invalid_field", "texts is missing")]
    [InlineData("""{"texts":["a",3]}""", "invalid_text", "text 1 is a number")]
    [InlineData("""{"texts":["a",null]}""", "invalid_text", "text 1 is null")]
    [InlineData("""{"texts":["a"],"texts":["b"]}""", "invalid_field", "twice")]
    [InlineData("""{"texts":["a"]} {}""", "invalid_json", "")]
    [InlineData("""{"texts":["\ud800"]}""", "invalid_text", "not Unicode")]
    [InlineData("""{"texts":["a"],"text":"b"}""", "unknown_field", "'text'")]
    [InlineData("""{"texts":["a"],"explain":1}""", "invalid_field", "explain is a number")]
    [InlineData("""{"texts":["a"],"explain_label":"good"}""", "invalid_field", "explain is not true")]
    [InlineData("""{"texts":["a"],"explain":true,"explain_label":"none"}""", "unknown_label", "")]
    [InlineData("""{"texts":["a"],"model":"plain","teacher":true}""", "invalid_field", "no cascade")]
    [InlineData("""{"texts":[[[[[[[[[[[[[[[[[["a"]]]]]]]]]]]]]]]]]]}""", "invalid_text", "an array")]
    public async Task What_is_wrong_is_named(string body, string code, string said)
    {
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/classify", body);
        Assert.Contains(said, await response.AssertProblemAsync(400, code), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_not_UTF_8_is_refused()
    {
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/classify", [.. "{\"texts\":[\"a"u8, 0xff, 0xfe, .. "\"]}"u8]);
        await response.AssertProblemAsync(400, "invalid_text");
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_told()
    {
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/classify", """{"texts":["a"],"model":"none"}""");
        await response.AssertProblemAsync(404, "unknown_model");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=latin1")]
    [InlineData("application/jsonp")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Another_content_type_is_refused(string type)
    {
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/classify", """{"texts":["a"]}""", type);
        await response.AssertProblemAsync(415, "unsupported_media_type");
    }

    [Fact]
    public async Task Models_are_listed_with_the_limits()
    {
        JsonNode listed = await server.Client.GetJsonAsync("/v1/models");
        JsonNode reviews = listed["models"]![0]!, plain = listed["models"]![1]!;
        Assert.Equal(["reviews", "plain"], [(string?)reviews["name"], (string?)plain["name"]]);
        Assert.Equal(["bad", "good"], plain["labels"]!.AsArray().Select(label => (string?)label));
        Assert.Equal(0.9, (double)reviews["cascade"]!["threshold"]!);
        Assert.Equal(0.6, (double)reviews["rejection"]!["threshold"]!);
        Assert.Equal(0.9, (double)reviews["conformal"]!["coverage"]!);
        Assert.Null(plain["cascade"]);
        Assert.Equal(256, (int)listed["limits"]!["texts"]!);
    }

    [Theory]
    [InlineData("GET", "/v1/classify", 405, "method_not_allowed")]
    [InlineData("POST", "/v1/models", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/none", 404, "not_found")]
    [InlineData("GET", "/../../etc/passwd", 404, "not_found")]
    [InlineData("DELETE", "/v2/models/reviews", 405, "method_not_allowed")]
    public async Task What_is_not_there_is_a_problem_too(string method, string path, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(status, code);
        if (status == 405)
            Assert.NotEmpty(response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Options_in_the_address_are_not_overlooked()
    {
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/classify?model=plain", """{"texts":["a"]}""");
        await response.AssertProblemAsync(400, "invalid_field");
    }
}
