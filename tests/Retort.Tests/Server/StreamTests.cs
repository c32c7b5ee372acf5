using System.Net;
using System.Text.Json.Nodes;
using Retort.Runtime;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary><c>POST /v1/classify</c> with lines of JSON.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class StreamTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Type = "application/x-ndjson";

    [Fact]
    public async Task Each_line_has_the_answer_of_the_runtime_in_its_place()
    {
        using var classifier = TextClassifier.Load(server.Student);
        string[] texts = [.. Enumerable.Range(0, 3000).Select(k => $"{(k % 3 == 0 ? "good" : "bad")} film {k} {new string('w', k % 700)}")];
        string body = string.Concat(texts.Select((text, k) => (k % 2 == 0 ? JsonValue.Create(text)!.ToJsonString() : new JsonObject { ["text"] = text }.ToJsonString()) + (k % 5 == 0 ? "\r\n" : "\n")));
        JsonNode[] answers = await StreamAsync("?model=plain", body);
        Assert.Equal(texts.Length, answers.Length);
        for (int k = 0; k < texts.Length; k++)
        {
            Classification own = classifier.Classify(texts[k]);
            Assert.Equal((own.Label, own.Probability), ((string?)answers[k]["label"], (float)answers[k]["probability"]!));
        }
    }

    [Fact]
    public async Task A_wrong_line_has_an_error_and_the_stream_goes_on()
    {
        JsonNode[] answers = await StreamAsync("?model=plain", "\"a good film\"\n{\"txt\":1}\n\n{\"text\":\"bad\",\"more\":1}\n\"bad\" 3\nnonsense\n7\n{}\n{\"text\":\"the bad end\"}");
        Assert.Equal("good", (string?)answers[0]["label"]);
        Assert.Equal([2, 4, 5, 6, 7, 8], answers[1..^1].Select(answer => (int)answer["error"]!["line"]!));
        Assert.Equal(["unknown_field", "unknown_field", "invalid_json", "invalid_json", "invalid_text", "invalid_field"], answers[1..^1].Select(answer => (string?)answer["error"]!["code"]));
        Assert.Equal("bad", (string?)answers[^1]["label"]);
    }

    [Fact]
    public async Task Options_stand_in_the_address()
    {
        JsonNode answer = (await StreamAsync("?model=plain&probabilities=true&explain&explain_label=bad", "\"a good film\""))[0];
        Assert.Equal("bad", (string?)answer["explanation"]!["label"]);
        Assert.Equal(2, answer["probabilities"]!.AsObject().Count);
    }

    [Theory]
    [InlineData("?modle=plain", 400, "unknown_field")]
    [InlineData("?explain=maybe", 400, "invalid_field")]
    [InlineData("?model=a&model=b", 400, "invalid_field")]
    [InlineData("?model=none", 404, "unknown_model")]
    public async Task Wrong_options_are_told_before_the_first_line(string query, int status, string code)
    {
        using HttpResponseMessage response = await server.Client.PostAsync($"/v1/classify{query}", "\"a\"", Type);
        await response.AssertProblemAsync(status, code);
    }

    [Fact]
    public async Task Answers_come_before_the_last_question()
    {
        // .NET's client reads no answer before it has sent everything.
        using RawConnection connection = await RawConnection.OpenAsync(new Uri(server.Address).Port);
        await connection.SendAsync($"POST /v1/classify?model=plain HTTP/1.1\r\nHost: localhost\r\nContent-Type: {Type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        await connection.SendAsync("e\r\n\"a good film\"\n\r\n");
        Assert.Contains("\"label\":\"good\"", await connection.ReadUntilAsync("}\n"), StringComparison.Ordinal);
        await connection.SendAsync("e\r\n\"the bad end\"\n\r\n0\r\n\r\n");
        Assert.Contains("\"label\":\"bad\"", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_busy_ends_no_stream()
    {
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { Limits = new() { Concurrency = 1, Queue = 0, Texts = 8 } });
        string body = string.Concat(Enumerable.Repeat($"\"{string.Join(' ', Enumerable.Repeat("good film", 500))}\"\n", 400));
        string[][] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            using HttpResponseMessage response = await own.Client.PostAsync("/v1/classify", body, Type);
            return (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        })));
        Assert.All(answers, lines => Assert.Equal(400, lines.Length));
        Assert.All(answers.SelectMany(lines => lines), line => Assert.True(line.Contains("\"label\"", StringComparison.Ordinal) || line.Contains("\"busy\"", StringComparison.Ordinal), line));
        Assert.Contains(answers.SelectMany(lines => lines), line => line.Contains("\"busy\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_line_beyond_the_limit_has_an_error_and_the_stream_goes_on()
    {
        JsonNode[] answers = await StreamAsync("?model=plain", "\"a good film\"\n\"" + new string('x', 3 << 20) + "\"\n\"the bad end\"\n\"" + new string('x', 3 << 20));
        Assert.Equal(("good", "bad"), ((string?)answers[0]["label"], (string?)answers[2]["label"]));
        Assert.Equal([2, 4], answers.Where(answer => (string?)answer["error"]?["code"] == "body_too_large").Select(answer => (int)answer["error"]!["line"]!));
        Assert.Equal(4, answers.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_line_beyond_the_limit_is_answered_the_same_in_however_many_parts_it_comes(int parts)
    {
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { Limits = new() { BodyBytes = 1024 } });
        using RawConnection connection = await RawConnection.OpenAsync(own.Port);
        await connection.SendAsync($"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: {Type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        string body = "\"" + new string('x', 3000) + "\"\n\"a good film\"\n";
        foreach (char[] part in body.Chunk((body.Length + parts - 1) / parts))
        {
            await connection.SendAsync($"{part.Length:x}\r\n{new string(part)}\r\n");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        await connection.SendAsync("0\r\n\r\n");
        string said = await connection.ReadToEndAsync();
        Assert.Contains("\"line\":1,\"code\":\"body_too_large\"", said, StringComparison.Ordinal);
        Assert.Contains("\"label\":\"good\"", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_too_many_bytes_are_under_way_the_line_is_told_so_and_those_before_and_after_it_are_answered()
    {
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { Limits = new() { BodyBytes = 10_000, PendingBytes = 15_000 } });
        using RawConnection other = await RawConnection.OpenAsync(own.Port), connection = await RawConnection.OpenAsync(own.Port);
        await other.SendAsync($"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{{{new string(' ', 9_000)}");
        await ThreatTests.UntilAsync(async () => !(await own.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Contains("retort_bodies_pending_bytes{otel_scope_name=\"Retort.Server\"} 0", StringComparison.Ordinal));
        await connection.SendAsync($"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: {Type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        string first = "\"a good film\"\n\"" + new string('x', 8_000), second = "\"\n\"the bad end\"\n";
        await connection.SendAsync($"{first.Length:x}\r\n{first}\r\n");
        Assert.Contains("\"line\":2,\"code\":\"busy\"", await connection.ReadUntilAsync("busy"), StringComparison.Ordinal);
        await connection.SendAsync($"{second.Length:x}\r\n{second}\r\n0\r\n\r\n");
        Assert.Contains("\"label\":\"bad\"", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private async Task<JsonNode[]> StreamAsync(string query, string body)
    {
        using HttpResponseMessage response = await server.Client.PostAsync($"/v1/classify{query}", body, Type);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Type, response.Content.Headers.ContentType?.ToString());
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
