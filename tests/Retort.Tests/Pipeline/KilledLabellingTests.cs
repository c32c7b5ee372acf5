using System.Diagnostics;
using Retort.Cli;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Transfer;

namespace Retort.Tests.Pipeline;

/// <summary>
/// A labelling killed without warning, twenty times at moments that a seed draws. The teacher is a program that keeps a
/// list of what it was asked.
/// </summary>
[Collection(FinishedRunTests.Name)]
public sealed class KilledLabellingTests : IDisposable
{
    private const int Kills = 20, Texts = 4000, ShardSize = 16;

    private readonly TemporaryFolder _folder = new();
    private readonly string _recipe, _asked;

    public KilledLabellingTests(FinishedRun run)
    {
        _asked = _folder["asked.txt"];
        _folder.Write("teacher.sh", $$$"""
            n=0
            while read -r line; do
              echo "$line" >> {{{_asked}}}
              case "$line" in *good*) p='"good": 0.9, "bad": 0.1';; *) p='"good": 0.2, "bad": 0.8';; esac
              echo "{\"id\": $n, \"p\": {$p}}"
              n=$((n+1))
            done
            """);
        string more = _folder.Write("more.tsv", "text\n" + string.Concat(Enumerable.Range(0, Texts).Select(k => $"number {k * 7919} of {k * k}\n")));
        _recipe = _folder.Write("tiny.yaml", (run.Recipe with
        {
            Results = "",
            Teacher = new TeachOptions { Sources = [$"command:sh {_folder["teacher.sh"]}"], Encoder = run.Encoder },
            Transfer = new TransferOptions { Unlabelled = [more] },
            Labelling = new LabelOptions { ShardSize = ShardSize },
        }).ToYaml(commented: false));
    }

    public static bool HasShell => File.Exists("/bin/sh");

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = "there is no /bin/sh here", SkipUnless = nameof(HasShell))]
    public async Task Killed_twenty_times_it_ends_with_the_same_files_and_asks_nothing_twice_but_the_shard_in_flight()
    {
        await Run("whole", null);
        var random = new SeededRandom(20);
        for (int kill = 0; kill < Kills; kill++)
        {
            HashSet<SignalKey> before = Stored("killed");
            await Run("killed", (before.Count / ShardSize + random.Below(4), random.Below(30)));
            Assert.DoesNotContain(Asked(), text => before.Contains(SignalKey.Of(text)));
            Assert.InRange(Asked().Count, 0, Stored("killed").Count - before.Count + ShardSize);
        }
        HashSet<SignalKey> last = Stored("killed");
        Assert.InRange(last.Count, 1, Texts);
        await Run("killed", null);
        Assert.DoesNotContain(Asked(), text => last.Contains(SignalKey.Of(text)));
        Dictionary<string, byte[]> whole = Files("whole"), killed = Files("killed");
        Assert.Equal(whole.Keys.Order(StringComparer.Ordinal), killed.Keys.Order(StringComparer.Ordinal));
        Assert.All(whole, file => Assert.Equal(file.Value, killed[file.Key]));
    }

    /// <summary>Labels to the end, or until some shards stand there and some milliseconds more.</summary>
    private async Task Run(string runs, (int Shards, int Milliseconds)? until)
    {
        File.Delete(_asked);
        using Process process = RetortProcess.Start("label", _recipe, "--offline", "--set", $"runs={_folder[runs]}");
        Task<string> said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (until is { } moment)
        {
            while (!File.Exists(_asked) || Shards(runs).Length < moment.Shards)
                Assert.False(process.WaitForExit(TimeSpan.FromMilliseconds(1)), $"it ended before {moment.Shards} shards");
            await Task.Delay(moment.Milliseconds, TestContext.Current.CancellationToken);
            // The program ends with its input: what it still writes down belongs to this run.
            process.Kill(entireProcessTree: true);
        }
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(until is not null || process.ExitCode == ExitCodes.Done, await said);
    }

    /// <summary>The texts that the teacher was asked in the last run; a line that was cut short says nothing.</summary>
    private List<string> Asked() => File.Exists(_asked)
        ? File.ReadAllLines(_asked).Where(line => line.EndsWith("\"}", StringComparison.Ordinal))
            .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!).ToList()
        : [];

    private HashSet<SignalKey> Stored(string runs) => Shards(runs).SelectMany(SignalShard.ReadKeys).ToHashSet();

    private string[] Shards(string runs) => Directory.Exists(_folder[$"{runs}/tiny/signals"])
        ? Directory.GetFiles(_folder[$"{runs}/tiny/signals"], "shard-*.parquet", SearchOption.AllDirectories) : [];

    private Dictionary<string, byte[]> Files(string runs) => Directory
        .GetFiles(_folder[$"{runs}/tiny/signals"], "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".tmp", StringComparison.Ordinal))
        .ToDictionary(file => Path.GetRelativePath(_folder[$"{runs}/tiny/signals"], file), File.ReadAllBytes);
}
