using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Retort.Server;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>Metrics and traces go to a collector over OTLP.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class ExportTests(FinishedRun run)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_collector_is_told_of_requests_and_texts_when_the_server_stops_at_the_latest()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGTERM on Windows");
        using var collector = new HttpListener();
        int port = DrainTests.FreePort();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        var told = new ConcurrentDictionary<string, string>();
        Task collecting = CollectAsync(collector, told);
        ProcessStartInfo start = RetortProcess.Describe(typeof(RetortServer).Assembly, Path.Combine(run.Result.Folder, "student"), "--port", "0");
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}";
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        start.Environment["OTEL_SERVICE_NAME"] = "reviews-in-test";
        using Process process = Process.Start(start)!;
        using (var client = new HttpClient { BaseAddress = new Uri(await DrainTests.AddressAsync(process)) })
            await client.ClassifyAsync(new { texts = new[] { "a good film" } });
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            await kill.WaitForExitAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
        collector.Stop();
        await collecting;
        Assert.Contains("retort.texts", told["/v1/metrics"], StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", told["/v1/metrics"], StringComparison.Ordinal);
        Assert.Contains("POST /v1/classify", told["/v1/traces"], StringComparison.Ordinal);
        Assert.All(told.Values, all => Assert.Contains("reviews-in-test", all, StringComparison.Ordinal));
        Assert.All(told.Values, all => Assert.DoesNotContain("good film", all, StringComparison.Ordinal));
    }

    private static async Task CollectAsync(HttpListener collector, ConcurrentDictionary<string, string> told)
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body, Cancellation);
                // Names stand in protobuf as they are.
                told.AddOrUpdate(context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray()), (_, before) => before + Encoding.Latin1.GetString(body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
