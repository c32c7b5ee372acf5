using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary><c>/openapi.json</c> describes what the server does: every path and method, and answers as they come.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class OpenApiTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Every_path_that_is_served_is_described_and_no_other()
    {
        JsonNode document = await server.Client.GetJsonAsync("/openapi.json");
        string[] described = [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method => $"{method.Key.ToUpperInvariant()} {path.Key}"))];
        string[] files = ["/", "/page.css", "/page.js", "/icon.svg", "/openapi.json"];
        string[] served = [.. server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => !endpoint.RoutePattern.RawText!.StartsWith("/inference.", StringComparison.Ordinal) && !files.Contains(endpoint.RoutePattern.RawText))
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => $"{method} {endpoint.RoutePattern.RawText}"))];
        Assert.NotEmpty(served);
        Assert.Equal(served.Order(StringComparer.Ordinal).Distinct(), described.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/v1/classify", """{"model":"reviews","texts":["a film","the bad end"],"probabilities":true,"explain":true,"timings":true,"teacher":true}""", "ClassifyResponse")]
    [InlineData("/v1/classify", """{"model":"plain","texts":["a film"]}""", "ClassifyResponse")]
    [InlineData("/v2/models/reviews/infer", """{"id":"1","inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a film"]}]}""", "InferResponse")]
    [InlineData("/v1/models", null, "Models")]
    [InlineData("/v2", null, "ServerMetadata")]
    [InlineData("/v2/models/reviews", null, "ModelMetadata")]
    [InlineData("/v2/models/reviews/ready", null, "ModelReady")]
    public async Task An_answer_is_as_it_is_described(string path, string? body, string schema)
    {
        JsonNode document = await server.Client.GetJsonAsync("/openapi.json");
        JsonNode answer = body is null ? await server.Client.GetJsonAsync(path) : await server.Client.AskAsync(path, body);
        AssertFits(document, document["components"]!["schemas"]![schema]!, answer, schema);
    }

    [Fact]
    public async Task A_refusal_is_as_it_is_described_and_a_misfit_is_found()
    {
        JsonNode document = await server.Client.GetJsonAsync("/openapi.json"), schema = document["components"]!["schemas"]!["Problem"]!;
        using HttpResponseMessage refused = await server.Client.PostAsync("/v2/models/none/infer", "{}");
        JsonNode problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        AssertFits(document, schema, problem, "Problem");
        problem["more"] = 1;
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertFits(document, schema, problem, "Problem"));
        problem.AsObject().Remove("more");
        problem["status"] = "404";
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertFits(document, schema, problem, "Problem"));
        problem.AsObject().Remove("status");
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertFits(document, schema, problem, "Problem"));
    }

    // The part of JSON Schema that the document uses; fields that are not described do not fit.
    private static void AssertFits(JsonNode document, JsonNode schema, JsonNode? value, string where)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            AssertFits(document, document["components"]!["schemas"]![reference.Split('/')[^1]]!, value, where);
            return;
        }
        if (schema["oneOf"] is JsonArray alternatives)
            schema = alternatives.Single(one => ((string?)one!["type"] == "null") == (value is null))!;
        if (schema["enum"] is JsonArray values)
            Assert.Contains((string?)value, values.Select(one => (string?)one));
        switch ((string?)schema["type"])
        {
            case "object":
                AssertObject(document, schema, value, where);
                break;
            case "array":
                foreach (JsonNode? item in Assert.IsType<JsonArray>(value))
                {
                    if (schema["items"] is { } items)
                        AssertFits(document, items, item, $"{where}[]");
                }
                break;
            case "string":
                string text = (string)value!;
                if ((string?)schema["pattern"] is { } pattern)
                    Assert.Matches(pattern, text);
                break;
            case "number":
                Assert.True(value!.GetValueKind() == System.Text.Json.JsonValueKind.Number, where);
                break;
            case "integer":
                Assert.True(value!.GetValueKind() == System.Text.Json.JsonValueKind.Number && double.IsInteger((double)value), where);
                break;
            case "boolean":
                Assert.True(value!.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False, where);
                break;
        }
    }

    private static void AssertObject(JsonNode document, JsonNode schema, JsonNode? value, string where)
    {
        JsonObject fields = Assert.IsType<JsonObject>(value);
        foreach (JsonNode? name in schema["required"]?.AsArray() ?? [])
            Assert.True(fields.ContainsKey((string)name!), $"{where} lacks {name}");
        foreach ((string name, JsonNode? field) in fields)
        {
            JsonNode? described = schema["properties"]?[name] ?? schema["additionalProperties"];
            Assert.True(described is not null, $"{where} has {name}, which is not described");
            AssertFits(document, described, field, $"{where}.{name}");
        }
    }
}
