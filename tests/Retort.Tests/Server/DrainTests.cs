using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Retort.Server;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>The server as a process that is told to stop.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class DrainTests(FinishedRun run)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Told_to_stop_under_load_it_loses_no_request_and_exits_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGTERM on Windows");
        using Process process = Start(Path.Combine(run.Result.Folder, "student"), "--port", "0", "--drain-delay", "2");
        string address = await AddressAsync(process);
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        int answered = 0, turnedAway = 0;
        // As behind a balancer: who is told that the server is going asks no more.
        Task[] clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                using HttpResponseMessage response = await client.PostAsync("/v1/classify", """{"texts":["a good film","the bad end"]}""");
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.Contains("good", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
                Interlocked.Increment(ref answered);
                if (response.Headers.ConnectionClose == true)
                {
                    Interlocked.Increment(ref turnedAway);
                    return;
                }
            }
        }, Cancellation))];
        await ThreatTests.UntilAsync(() => Task.FromResult(Volatile.Read(ref answered) > 20));
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            await kill.WaitForExitAsync(Cancellation);
        await Task.WhenAll(clients);
        Assert.Equal(4, turnedAway);
        using HttpResponseMessage wrong = await client.PostAsync("/v1/classify", "{");
        Assert.Equal((HttpStatusCode.BadRequest, true), (wrong.StatusCode, wrong.Headers.ConnectionClose));
        using HttpResponseMessage ready = await client.GetAsync("/v2/health/ready", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        string log = await process.StandardOutput.ReadToEndAsync(Cancellation) + await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
        // Of all the texts that were asked about none is told.
        Assert.Contains("stopping", log, StringComparison.Ordinal);
        Assert.DoesNotContain("film", log, StringComparison.Ordinal);
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/v2/health/live", Cancellation));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task A_full_disk_under_the_log_stops_nothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        string student = Path.Combine(run.Result.Folder, "student");
        using TemporaryFolder folder = new();
        string copy = folder["student"];
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(student))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        int port = FreePort();
        using var process = Process.Start("/bin/sh", ["-c", $"exec '{RetortProcess.Host}' '{Program}' '{copy}' --port {port} --reload 0.05 > /dev/full 2> /dev/full"]);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await ThreatTests.UntilAsync(async () => await IsUpAsync(client));
            // Each of these is told to the log.
            for (int k = 0; k < 5; k++)
            {
                File.WriteAllText(Path.Combine(copy, "config.json"), $"{{ {k}");
                await Task.Delay(200, Cancellation);
                Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v1/classify", """{"texts":["a good film"]}""")).StatusCode);
            }
            Assert.Matches("outcome=\"failed\"} [1-5]", await client.GetStringAsync("/metrics", Cancellation));
            Assert.False(process.HasExited);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_with_exit_code_2()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using Process process = Start(Path.Combine(run.Result.Folder, "student"), "--port", $"{port}");
        string error = await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(2, process.ExitCode);
        Assert.Contains($"port {port} cannot be listened on", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static string Program => typeof(RetortServer).Assembly.Location;

    private static Process Start(params string[] arguments) => Process.Start(RetortProcess.Describe(typeof(RetortServer).Assembly, arguments))!;

    internal static async Task<string> AddressAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
                return line["listening on ".Length..].Split(';')[0];
        }
        throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(Cancellation));
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> IsUpAsync(HttpClient client)
    {
        try
        {
            return (await client.GetAsync("/v2/health/ready", Cancellation)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
