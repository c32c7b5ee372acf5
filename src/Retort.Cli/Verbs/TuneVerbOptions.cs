using System.CommandLine;
using System.Globalization;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Tuning;

namespace Retort.Cli.Verbs;

/// <summary>The options of <c>retort tune</c> that say what a study does.</summary>
internal sealed class TuneVerbOptions
{
    private static readonly TuneOptions Defaults = new();

    private readonly Option<string[]> _vary = new("--vary") { Description = "Try these values of a key: key=1,2,3, key=0.1..0.5, key=1e-4..5e-3:log, key=64..256:int; may be repeated", HelpName = "key=values" };
    private readonly Option<string?> _strategy = new("--strategy") { Description = "grid, random, halving or tpe; default: grid where it is small, else random", HelpName = "name" };
    private readonly Option<int?> _most = new("--max-trials") { Description = "Points that are tried at most", HelpName = "count" };
    private readonly Option<string?> _rungs = new("--rungs") { Description = "Epochs of halving's rungs, such as 2,6,18", HelpName = "epochs" };
    private readonly Option<int> _reduction = new("--reduction") { Description = "One of so many trials of a rung goes on to the next", HelpName = "count", DefaultValueFactory = _ => Defaults.Reduction };
    private readonly Option<double?> _latency = new("--max-latency-us") { Description = "Microseconds that half of the texts must stay within, from raw text on one thread", HelpName = "µs" };
    private readonly Option<int> _finalists = new("--finalists") { Description = "How many of the best are trained over several seeds", HelpName = "count", DefaultValueFactory = _ => Defaults.Finalists };
    private readonly Option<int> _seeds = new("--finalist-seeds") { Description = "Over how many seeds finalists, and the steps of --ablate, are trained", HelpName = "count", DefaultValueFactory = _ => Defaults.FinalistSeeds };
    private readonly Option<int> _seed = new("--study-seed") { Description = "Seed of the points that are drawn", HelpName = "seed", DefaultValueFactory = _ => Defaults.Seed };
    private readonly Option<bool> _ablate = new("--ablate") { Description = "Walk the steps of a distillation instead, each beside the last: no teacher, soft labels, transfer set, fractionation, intermediate layers" };

    public void AddTo(Command command)
    {
        _strategy.CompletionSources.Add([.. Enum.GetNames<Strategy>().Select(name => name.ToLowerInvariant())]);
        _vary.CompletionSources.Add(_ => Recipe.Keys.Select(key => new System.CommandLine.Completions.CompletionItem($"{key}=")));
        foreach (Option option in new Option[] { _vary, _strategy, _most, _rungs, _reduction, _latency, _finalists, _seeds, _seed, _ablate })
            command.Add(option);
    }

    public TuneOptions Read(ParseResult parsed) => new()
    {
        Vary = parsed.GetValue(_vary) ?? [],
        Strategy = parsed.GetValue(_strategy) is { } name ? StrategyOf(name) : null,
        MaxTrials = parsed.GetValue(_most),
        Rungs = parsed.GetValue(_rungs) is { } rungs ? [.. rungs.Split(',').Select(rung => RungOf(rung, rungs))] : [],
        Reduction = parsed.GetValue(_reduction),
        MaxLatency = parsed.GetValue(_latency),
        Finalists = parsed.GetValue(_finalists),
        FinalistSeeds = parsed.GetValue(_seeds),
        Seed = parsed.GetValue(_seed),
        Ablate = parsed.GetValue(_ablate),
    };

    private static Strategy StrategyOf(string name)
    {
        string[] names = [.. Enum.GetNames<Strategy>().Select(one => one.ToLowerInvariant())];
        return Array.IndexOf(names, name) is >= 0 and var index ? (Strategy)index
            : throw new UsageException($"--strategy is '{name}': expected one of {string.Join(", ", names)}{(NearestName.Find(name, names) is { } near ? $"; did you mean {near}?" : "")}");
    }

    private static int RungOf(string rung, string all) => int.TryParse(rung, NumberStyles.None, CultureInfo.InvariantCulture, out int epochs) ? epochs
        : throw new UsageException($"--rungs is '{all}': expected numbers of epochs with a comma between two, such as 2,6,18");
}
