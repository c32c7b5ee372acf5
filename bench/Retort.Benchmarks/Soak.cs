using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Runtime;

namespace Retort.Benchmarks;

/// <summary>
/// A server under good requests at 80 % of what it can, first alone, then with hostile ones beside them: latencies, wrong answers, memory. Every good answer is compared with the runtime's.
/// </summary>
internal sealed class Soak(Uri address, string student, string texts, int process, double minutes, int hostilePerSecond)
{
    private const int Clients = 8, Crawlers = 16;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(20), Clean = TimeSpan.FromSeconds(60);

    private readonly List<(byte[] Body, string Label, float Probability)> _questions = [];

    public async Task<int> RunAsync()
    {
        using (var classifier = TextClassifier.Load(student))
        {
            foreach (string text in File.ReadLines(texts).Skip(1).Select(line => line.Split('\t')[0]))
            {
                Classification own = classifier.Classify(text);
                _questions.Add((Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { texts = new[] { text } })), own.Label, own.Probability));
            }
        }
        await AskAsync("warming", Measured, rate: 0);
        double capacity = (await AskAsync("as fast as it goes", Measured, rate: 0)).PerSecond;
        double rate = 0.8 * capacity;
        Phase clean = await AskAsync("80 %", Clean, rate);
        using var stop = new CancellationTokenSource();
        var server = new IPEndPoint(IPAddress.Loopback, address.Port);
        HostileRequests[] hostile = [.. Enumerable.Range(0, 4).Select(k => new HostileRequests(server, k + 1))];
        Task[] attacks = [.. hostile.Select(one => AttackAsync(one, hostilePerSecond / (double)hostile.Length, stop.Token)), .. Enumerable.Range(0, Crawlers).Select(k => CrawlAsync(hostile[k % hostile.Length], stop.Token)), WatchAsync(stop.Token)];
        Phase mixed = await AskAsync("80 % beside hostile ones", TimeSpan.FromMinutes(minutes), rate);
        await stop.CancelAsync();
        await Task.WhenAll(attacks);
        Phase after = await AskAsync("80 % afterwards", Clean, rate);
        foreach ((string kind, long count) in hostile.SelectMany(one => one.Seen).GroupBy(pair => pair.Key).Select(group => (group.Key, group.Sum(pair => pair.Value))).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Console.WriteLine(FormattableString.Invariant($"  {kind} {count:N0}"));
        long bad = hostile.Sum(one => one.Seen.Values.Sum());
        Console.WriteLine(FormattableString.Invariant(
            $"hostile: {bad:N0}; wrong answers: {clean.Wrong + mixed.Wrong + after.Wrong}; p99 {mixed.P99 / clean.P99:0.00} times that of the clean run; memory {Memory():0.0} MB"));
        return clean.Wrong + mixed.Wrong + after.Wrong == 0 ? 0 : 1;
    }

    private async Task<Phase> AskAsync(string name, TimeSpan length, double rate)
    {
        var latencies = new List<double>[Clients];
        long wrong = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = address };
            List<double> own = latencies[client] = [];
            for (long k = 0; clock.Elapsed < length; k++)
            {
                double due = rate > 0 ? (k * Clients + client) / rate : 0;
                if (due > clock.Elapsed.TotalSeconds + 0.001)
                    await Task.Delay(TimeSpan.FromSeconds(due - clock.Elapsed.TotalSeconds));
                (byte[] body, string label, float probability) = _questions[(int)((k * Clients + client) % _questions.Count)];
                long start = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
                using HttpResponseMessage response = await http.PostAsync("/v1/classify", content);
                string said = await response.Content.ReadAsStringAsync();
                own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                JsonNode? answer = response.IsSuccessStatusCode ? JsonNode.Parse(said)!["answers"]![0] : null;
                if ((string?)answer?["label"] != label || (float?)answer?["probability"] != probability)
                    Interlocked.Increment(ref wrong);
            }
        })));
        double[] all = [.. latencies.SelectMany(own => own).Order()];
        var phase = new Phase(all.Length / clock.Elapsed.TotalSeconds, all[all.Length / 2], all[(int)(all.Length * 0.99)], wrong);
        Console.WriteLine(FormattableString.Invariant(
            $"{name}: {all.Length:N0} requests, {phase.PerSecond:N0}/s, p50 {phase.P50:0.00} ms, p99 {phase.P99:0.00} ms, {phase.Wrong} wrong; memory {Memory():0.0} MB"));
        return phase;
    }

    private static async Task AttackAsync(HostileRequests hostile, double rate, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            for (long k = 0; !stop.IsCancellationRequested; k++)
            {
                double due = k / rate;
                if (due > clock.Elapsed.TotalSeconds + 0.001)
                    await Task.Delay(TimeSpan.FromSeconds(due - clock.Elapsed.TotalSeconds), stop);
                await hostile.SendAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The soak is over.
        }
    }

    private static async Task CrawlAsync(HostileRequests hostile, CancellationToken stop)
    {
        try
        {
            while (true)
                await hostile.CrawlAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // The soak is over.
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(60), stop);
                using var watched = Process.GetProcessById(process);
                Console.WriteLine(FormattableString.Invariant($"  memory {Memory():0.0} MB, {watched.Threads.Count} threads, {Directory.GetFiles($"/proc/{process}/fd").Length} open files"));
            }
        }
        catch (OperationCanceledException)
        {
            // The soak is over.
        }
    }

    private double Memory() => double.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private sealed record Phase(double PerSecond, double P50, double P99, long Wrong);
}
