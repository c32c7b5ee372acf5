using Retort.Evaluation;

namespace Retort.Tuning.Plans;

/// <summary>The points of a space, then the best of them and the recipe itself over several seeds.</summary>
/// <param name="points">What is tried first, the recipe as it is left out.</param>
/// <param name="seeds">Of finalists; the first is that of the search.</param>
/// <param name="finalists">How many there are.</param>
/// <param name="ranking">Which is the better.</param>
/// <param name="halving">Rungs; null: every point has the recipe's epochs.</param>
/// <param name="parzen">What is tried next, after what came of the first; null: nothing.</param>
internal sealed class SearchPlan(IReadOnlyList<IReadOnlyDictionary<string, string>> points, IReadOnlyList<int> seeds, int finalists, Ranking ranking, Halving? halving, ParzenSearch? parzen = null) : IStudyPlan
{
    private int LastRung => halving is null ? 0 : halving.Rungs.Count - 1;

    public IReadOnlyList<WantedTrial> Next(IReadOnlyList<Configuration> configurations, IReadOnlyList<Trial> trials)
    {
        if (trials.Count == 0)
        {
            var recipe = new Configuration(0, "the recipe", Role.Student, new SortedDictionary<string, string>());
            return [Want(recipe, seeds[0], 0), .. New(points, 1)];
        }
        if (halving?.Promoted(trials, ranking.Best) is { Count: > 0 } promoted)
            return [.. promoted.Select(trial => Want(configurations[trial.Configuration], seeds[0], trial.Rung + 1))];
        if (trials.Any(trial => trial.State is TrialState.Waiting or TrialState.Running))
            return [];
        if (parzen?.Next(configurations, [.. trials.Where(trial => trial.Seed == seeds[0])]) is { Count: > 0 } next)
            return New(next, configurations.Count);
        return
        [
            .. Finalists(trials).SelectMany(number => seeds.Select(seed => Want(configurations[number], seed, LastRung)))
                .Where(wanted => !trials.Any(trial => trial.Configuration == wanted.Configuration.Number && trial.Seed == wanted.Seed && trial.Rung == wanted.Rung)),
        ];
    }

    /// <summary>The numbers of the recipe and of the best beside it, on the search's seed, the best first.</summary>
    public IReadOnlyList<int> Finalists(IReadOnlyList<Trial> trials) =>
        [0, .. ranking.Best(trials.Where(trial => trial.Rung == LastRung && trial.Seed == seeds[0] && trial.Configuration > 0)).Take(finalists).Select(trial => trial.Configuration)];

    /// <summary>The trials of a configuration that count in the end.</summary>
    public IReadOnlyList<Trial> Final(IReadOnlyList<Trial> trials, int configuration) =>
        [.. trials.Where(trial => trial.Configuration == configuration && trial.Rung == LastRung && trial.State == TrialState.Done).OrderBy(trial => trial.Seed)];

    private WantedTrial[] New(IReadOnlyList<IReadOnlyDictionary<string, string>> from, int number) =>
        [.. from.Select((point, k) => Want(new Configuration(number + k, "", Role.Student, point), seeds[0], 0))];

    private WantedTrial Want(Configuration configuration, int seed, int rung) => new(configuration, seed, rung, halving?.Rungs[rung] ?? 0);
}
