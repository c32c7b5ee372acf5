using System.Text.Json;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers.Sources;
using Retort.Training;
using Retort.Tuning.Plans;
using Retort.Tuning.Space;
using Retort.Tuning.Store;

namespace Retort.Tuning;

/// <summary>A study that has begun: what it does next, and what it came to.</summary>
internal sealed class Study
{
    private const string TestScores = "test";

    private readonly string _folder;
    private readonly StudyStore _store;
    private readonly StudyFacts _facts;
    private readonly Recipe _recipe;
    private readonly DevMetric _metric;
    private readonly int[] _seeds;
    private readonly SearchPlan? _search;
    private readonly AblationPlan? _ablation;

    public Study(string folder, StudyStore store)
    {
        (_folder, _store, _facts) = (folder, store, store.Facts);
        _recipe = Recipe.Parse(_facts.Recipe, StudyStore.PathOf(folder));
        _metric = _recipe.Data.Unlabelled ? DevMetric.Agreement : _recipe.Distillation.Metric;
        Ranking = new Ranking(_metric, _facts.Options.MaxLatency);
        _seeds = SeedsOf(_recipe, _facts.Options);
        if (_facts.Options.Ablate)
        {
            _ablation = new AblationPlan(AblationSteps.Of(_recipe, _ => { }), !_recipe.Data.Unlabelled, _seeds, Ranking);
            return;
        }
        int epochs = _recipe.Distillation.Epochs, reduction = _facts.Options.Reduction;
        Halving? halving = _facts.Strategy != Strategy.Halving ? null
            : new Halving(_facts.Options.Rungs.Count > 0 ? _facts.Options.Rungs : Halving.RungsBelow(epochs, reduction), reduction);
        ParzenSearch? parzen = _facts.Strategy == Strategy.Tpe ? new ParzenSearch(_recipe, _facts.Space, _facts.Options.MaxTrials!.Value, _facts.Options.Seed, Ranking) : null;
        // Points stand in the database as soon as the first process has looked.
        IReadOnlyList<IReadOnlyDictionary<string, string>> points = store.Trials().Count > 0 ? [] : PointDraw.Take(_facts.Space, _facts.Options, new PointCheck(_recipe), _ => { }).Points;
        _search = new SearchPlan(points, _seeds, _facts.Options.Finalists, Ranking, halving, parzen);
    }

    public IStudyPlan Plan => (IStudyPlan?)_ablation ?? _search!;

    public Ranking Ranking { get; }

    /// <summary>Whether what was chosen has been scored on test: nothing is tried any more.</summary>
    public bool IsOver => _store.Value(TestScores) is not null;

    /// <summary>The recipe's seeds, and as many behind the last as are lacking.</summary>
    public static int[] SeedsOf(Recipe recipe, TuneOptions options)
    {
        int[] given = recipe.Distillation.Seeds;
        return [.. given.Concat(Enumerable.Range(given.Max() + 1, options.FinalistSeeds)).Take(options.FinalistSeeds)];
    }

    /// <summary>What it came to; scores those that were chosen on test, once.</summary>
    /// <exception cref="RetortException">Nothing can be chosen.</exception>
    public StudyResult Finish(IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        IReadOnlyList<Configuration> configurations = _store.Configurations();
        IReadOnlyList<Trial> trials = _store.Trials();
        IReadOnlyList<AblationOutcome> steps = _ablation?.Taken(configurations, trials) ?? [];
        Finalist[] finalists = [.. (_search?.Finalists(trials) ?? [.. steps.Where(step => step.Scores is not null).Select(step => step.Configuration.Number)])
            .Select(number => FinalistOf(configurations[number], trials)).OfType<Finalist>()];
        if (finalists.Length == 0)
            throw new RetortException($"no trial of the study in {_folder} ended well, such as trial {trials[0].Number}: {trials[0].Message}");
        Finalist compared = finalists.First(one => one.Number == 0), winner = _ablation is null ? Winner(finalists) : finalists.Single(one => one.Number == steps.Last(step => step.Kept).Configuration.Number);
        IReadOnlyDictionary<int, double[]> test = Test(winner, compared, trials, configurations, progress, cancellation);
        finalists = [.. finalists.Select(one => test.TryGetValue(one.Number, out double[]? scores) ? one with { Test = Spread.Of(scores) } : one)];
        (winner, compared) = (finalists.Single(one => one.Number == winner.Number), finalists.Single(one => one.Number == compared.Number));
        IReadOnlyList<Importance> importances = Importances(trials, configurations);
        // The keys that matter most come first; those that too few trials tell of, last.
        string[] keys = [.. importances.Select(one => one.Key).Union(_facts.Space.Parameters.Select(parameter => parameter.Key))];
        string?[][] values = Values(configurations, keys);
        PlacedTrial[] placed = [.. trials.Select(trial => new PlacedTrial(trial, configurations[trial.Configuration], Ranking.Score(trial), values[trial.Configuration]))];
        var result = new StudyResult
        {
            Folder = _folder,
            Metric = _metric,
            DevTexts = _store.Read<int>("dev_texts"),
            Notes = _facts.Notes,
            Done = trials.Count(trial => trial.State == TrialState.Done),
            Failed = trials.Count(trial => trial.State == TrialState.Failed),
            Finalists = [.. finalists.OrderByDescending(one => one.IsAllowed).ThenByDescending(one => one.Dev.Mean)],
            Steps = steps,
            Winner = winner,
            Compared = compared,
            OnDev = Gain.Of(compared.Dev, winner.Dev),
            OnTest = Gain.Of(compared.Test!, winner.Test!),
            Importance = importances,
            Map = StudyPage.MapOf(keys, placed, _seeds[0]),
        };
        Write(result, keys, placed);
        return result;
    }

    private Finalist? FinalistOf(Configuration configuration, IReadOnlyList<Trial> trials)
    {
        Trial[] done = [.. (_search?.Final(trials, configuration.Number) ?? [.. trials.Where(trial => trial.Configuration == configuration.Number && trial.State == TrialState.Done)])
            .Where(trial => Ranking.Score(trial) is not null)];
        if (done.Length == 0)
            return null;
        double? p50 = done.All(trial => trial.Figures!.P50 is not null) ? done.Average(trial => trial.Figures!.P50!.Value) : null;
        return new Finalist(configuration.Number, TrialRunner.What(configuration), configuration.Changes, Spread.Of([.. done.Select(trial => Ranking.Score(trial)!.Value)]),
            p50, done[0].Figures!.Bytes, [.. done.Select(trial => trial.Figures!.Student)])
        {
            IsAllowed = _facts.Options.MaxLatency is not { } limit || p50 <= limit,
        };
    }

    // The recipe stands first: where nothing is above it, it stays.
    private Finalist Winner(Finalist[] finalists) => finalists.Where(one => one.IsAllowed).MaxBy(one => one.Dev.Mean)
        ?? throw new RetortException(FormattableString.Invariant($"no finalist is within --max-latency-us {_facts.Options.MaxLatency}: the fastest takes {finalists.Min(one => one.P50):0.0} µs; vary what makes students smaller, such as student.filters or student.windows, in another study (--study)"));

    /// <summary>The scores on test of the winner and of what it is compared with, by configuration.</summary>
    private IReadOnlyDictionary<int, double[]> Test(Finalist winner, Finalist compared, IReadOnlyList<Trial> trials, IReadOnlyList<Configuration> configurations,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        using FileStream alone = FolderLock.Take(_folder, progress, "tune", cancellation);
        if (_store.Read<Dictionary<int, double[]>>(TestScores) is { } known)
            return known;
        var scores = new SortedDictionary<int, double[]>();
        foreach (Finalist one in new[] { compared, winner }.DistinctBy(one => one.Number))
        {
            scores[one.Number] = [.. trials.Where(trial => one.Students.Contains(trial.Figures?.Student)).Select(trial =>
            {
                Recipe recipe = TrialRecipe.Of(_recipe, configurations[trial.Configuration], trial, _folder, threads: 0, _facts.Options.Ablate);
                EvaluationResult test = RunPipeline.Test(recipe, new SourceOptions { Offline = _facts.Offline }, [Path.Combine(_folder, trial.Figures!.Student)], null, cancellation)[0];
                return test.Of(_metric) ?? double.NaN;
            })];
            progress?.Report(StageProgress.Note("tune", $"{one.Name}: scored on test"));
        }
        _store.SetValue(TestScores, JsonSerializer.Serialize(scores, JsonForm.Compact));
        return scores;
    }

    private string?[][] Values(IReadOnlyList<Configuration> configurations, IReadOnlyList<string> keys) =>
        [.. configurations.Select(configuration => PointCheck.Values(_recipe, configuration.Changes, keys))];

    private IReadOnlyList<Importance> Importances(IReadOnlyList<Trial> trials, IReadOnlyList<Configuration> configurations)
    {
        string[] keys = [.. _facts.Space.Parameters.Select(parameter => parameter.Key)];
        string?[][] values = Values(configurations, keys);
        // Of one rung, the first, where most trials are; and of one seed.
        Trial[] alike = [.. trials.Where(trial => trial is { State: TrialState.Done, Rung: 0 } && trial.Seed == _seeds[0] && Ranking.Score(trial) is not null)];
        return [.. keys.Select((key, k) => Importance.Of(key, [.. alike.Where(trial => values[trial.Configuration][k] is not null)
            .Select(trial => (values[trial.Configuration][k]!, Ranking.Score(trial)!.Value))])).OfType<Importance>().OrderByDescending(importance => importance.Share)];
    }

    private void Write(StudyResult result, IReadOnlyList<string> keys, IReadOnlyList<PlacedTrial> trials)
    {
        AtomicFile.WriteText(result.Page, StudyPage.ToHtml($"{_recipe.Name}: {(_ablation is null ? "what was tried" : "what each step is worth")}", result, keys, trials, _seeds[0]));
        PlacedTrial won = trials.First(one => result.Winner.Students.Contains(one.Trial.Figures?.Student));
        AtomicFile.WriteText(result.BestRecipe, TrialRecipe.Winner(_recipe, won.Configuration, won.Trial.Epochs).ToYaml(commented: true));
        AtomicFile.WriteText(Path.Combine(_folder, "study.json"), JsonSerializer.Serialize(result, JsonForm.Indented) + "\n");
    }
}
