using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Retort.Tests.Server;

/// <summary>Requests of the tests.</summary>
internal static class Asking
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string path, string body, string type = "application/json") =>
        client.PostAsync(path, Encoding.UTF8.GetBytes(body), type);

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string path, byte[] body, string type = "application/json")
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return client.PostAsync(path, content, Cancellation);
    }

    /// <summary>The answer as JSON, which it must be, with success.</summary>
    public static async Task<JsonNode> AskAsync(this HttpClient client, string path, string body)
    {
        using HttpResponseMessage response = await client.PostAsync(path, body);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        return JsonNode.Parse(text)!;
    }

    /// <summary>Classifies and gives the answers back.</summary>
    public static async Task<JsonArray> ClassifyAsync(this HttpClient client, object request) =>
        (await client.AskAsync("/v1/classify", JsonSerializer.Serialize(request)))["answers"]!.AsArray();

    public static async Task<JsonNode> GetJsonAsync(this HttpClient client, string path) => JsonNode.Parse(await client.GetStringAsync(path, Cancellation))!;

    /// <summary>Holds a refusal to its form.</summary>
    /// <returns>What it says.</returns>
    public static async Task<string> AssertProblemAsync(this HttpResponseMessage response, int status, params string[] codes)
    {
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        JsonNode problem = JsonNode.Parse(text)!;
        Assert.Contains((string?)problem["code"], codes);
        Assert.Equal(status, (int)problem["status"]!);
        string detail = (string)problem["detail"]!;
        Assert.NotEmpty(detail);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetTempPath(), text, StringComparison.Ordinal);
        return detail;
    }
}
