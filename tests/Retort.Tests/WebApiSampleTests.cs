using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Retort.Tests.Pipeline;

namespace Retort.Tests;

/// <summary>The sample of the guide to a web API, as a process of its own.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class WebApiSampleTests(FinishedRun run)
{
    [Fact]
    public async Task It_answers_a_batch_and_refuses_what_is_none()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        // Built with the tests, of the same configuration and framework.
        string built = AppContext.BaseDirectory[(AppContext.BaseDirectory.LastIndexOf($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal) + 1)..];
        string program = Path.Combine(TestPaths.Root, "samples", "WebApi", built, "WebApi.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, "--student", Path.Combine(run.Result.Folder, "student"), "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;
        try
        {
            string? address = null;
            while (address is null && await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
                address = line.Split("Now listening on: ") is [_, string told] ? told.Trim() : null;
            using var client = new HttpClient { BaseAddress = new Uri(address!) };
            using HttpResponseMessage answer = await client.PostAsJsonAsync("/classify", new { texts = new[] { "a good film", "a bad film" } }, cancellation);
            JsonElement answers = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
            Assert.Equal(2, answers.GetArrayLength());
            Assert.All(answers.EnumerateArray(), one => Assert.Contains(one.GetProperty("label").GetString(), new[] { "good", "bad" }));
            Assert.All(answers.EnumerateArray(), one => Assert.InRange(one.GetProperty("probability").GetDouble(), 0.5, 1));
            using HttpResponseMessage refused = await client.PostAsJsonAsync("/classify", new { texts = Array.Empty<string>() }, cancellation);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
