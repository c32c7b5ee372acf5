using System.Text.Json.Nodes;
using Retort.Runtime;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>A student's folder that changes under a running server.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class ReloadTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Under_load_no_request_is_lost_and_every_answer_is_of_one_version_or_the_other()
    {
        string student = _folder["student"], first = Path.Combine(run.Result.Folder, "students/seed-1"), second = Path.Combine(run.Result.Folder, "students/seed-2");
        Copy(first, student);
        await using OwnServer own = await OwnServer.StartAsync(student);
        string[] texts = ["a good film", "the bad plot", "the end", "a film"];
        var expected = new Dictionary<string, float[]>();
        foreach (string folder in (string[])[first, second])
        {
            using var classifier = TextClassifier.Load(folder);
            expected[Version(folder)] = [.. texts.Select(text => classifier.Classify(text).Probability)];
        }
        Assert.Equal(2, expected.Count);
        using var stop = new CancellationTokenSource();
        var seen = new HashSet<string>();
        int answered = 0;
        Task[] clients = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                JsonNode answer = await own.Client.AskAsync("/v1/classify", System.Text.Json.JsonSerializer.Serialize(new { texts }));
                string version = (string)answer["version"]!;
                Assert.Equal(expected[version], answer["answers"]!.AsArray().Select(one => (float)one!["probability"]!));
                Interlocked.Increment(ref answered);
                lock (seen)
                    seen.Add(version);
            }
        }, Cancellation))];
        for (int turn = 0; turn < 6; turn++)
        {
            string next = turn % 2 == 0 ? second : first;
            Copy(next, student);
            await ThreatTests.UntilAsync(async () => (string?)(await own.Client.GetJsonAsync("/v1/models"))["models"]![0]!["version"] == Version(next));
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Equal(2, seen.Count);
        Assert.True(answered > 20, $"{answered} answers");
        Assert.Contains("retort_model_reloads_total{otel_scope_name=\"Retort.Server\",outcome=\"done\"} 6", await own.Client.GetStringAsync("/metrics", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_half_written_leaves_the_old_version_answering()
    {
        string student = _folder["student"], first = Path.Combine(run.Result.Folder, "students/seed-1");
        Copy(first, student);
        await using OwnServer own = await OwnServer.StartAsync(student);
        string before = (string)(await own.Client.GetJsonAsync("/v1/models"))["models"]![0]!["version"]!;
        File.Delete(Path.Combine(student, "vocab.txt"));
        File.WriteAllBytes(Path.Combine(student, "model.safetensors"), new byte[100]);
        await ThreatTests.UntilAsync(async () => (await own.Client.GetStringAsync("/metrics", Cancellation)).Contains("outcome=\"failed\"} 1", StringComparison.Ordinal));
        JsonNode answer = await own.Client.AskAsync("/v1/classify", """{"texts":["a good film"]}""");
        Assert.Equal((before, "good"), ((string?)answer["version"], (string?)answer["answers"]![0]!["label"]));
        Copy(Path.Combine(run.Result.Folder, "students/seed-2"), student);
        await ThreatTests.UntilAsync(async () => (string?)(await own.Client.GetJsonAsync("/v1/models"))["models"]![0]!["version"] != before);
    }

    [Fact]
    public async Task What_cannot_be_read_now_is_tried_again_though_the_folder_does_not_change()
    {
        string student = _folder["student"], second = Path.Combine(run.Result.Folder, "students/seed-2"), weights = Path.Combine(student, "model.safetensors");
        Copy(Path.Combine(run.Result.Folder, "students/seed-1"), student);
        await using OwnServer own = await OwnServer.StartAsync(student);
        Copy(second, _folder["next"]);
        // Nobody may read it, the administrator's processes neither: another has it alone.
        using (new FileStream(_folder["next/model.safetensors"], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Directory.Move(student, _folder["old"]);
            Directory.CreateSymbolicLink(student, _folder["next"]);
            await ThreatTests.UntilAsync(async () => (await own.Client.GetStringAsync("/metrics", Cancellation)).Contains("outcome=\"failed\"} 1", StringComparison.Ordinal));
        }
        await ThreatTests.UntilAsync(async () => (string?)(await own.Client.GetJsonAsync("/v1/models"))["models"]![0]!["version"] == Version(second));
        Assert.Contains("outcome=\"failed\"} 1", await own.Client.GetStringAsync("/metrics", Cancellation), StringComparison.Ordinal);
        Assert.True(File.Exists(weights));
    }

    private static string Version(string folder) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "config.json"))))[..12];

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string name in (string[])["vocab.txt", "model.safetensors", "config.json"])
            File.WriteAllBytes(Path.Combine(target, name), File.ReadAllBytes(Path.Combine(source, name)));
    }
}
