using System.Globalization;
using System.Numerics;
using Retort.Runs;
using Retort.Tuning.Space;

namespace Retort.Tuning.Plans;

/// <summary>Takes the points of a space that a study tries: each once, and none that is no recipe or the recipe itself.</summary>
internal static class PointDraw
{
    /// <summary>Draws in a row that bring nothing new, after which a space counts as used up.</summary>
    public const int Vain = 1000;

    /// <param name="space">The space.</param>
    /// <param name="options">How many, and how.</param>
    /// <param name="check">Holds points against the recipe.</param>
    /// <param name="note">Told of points that are left out.</param>
    /// <exception cref="UsageException">It is not said how many of too many are wanted, a range has no grid, or no point is left.</exception>
    public static (Strategy Strategy, IReadOnlyList<IReadOnlyDictionary<string, string>> Points) Take(SearchSpace space, TuneOptions options, PointCheck check, Action<string> note)
    {
        BigInteger? count = space.Count;
        Strategy strategy = options.Strategy ?? (count <= TuneOptions.SmallGrid || (count is not null && options.MaxTrials is not null) ? Strategy.Grid : Strategy.Random);
        RequireEnough(space, options, count, strategy);
        bool whole = TriesAll(strategy) && count is not null && (options.MaxTrials is not { } most || count <= most);
        long wanted = whole ? (long)count!.Value : strategy == Strategy.Tpe ? Math.Min(options.MaxTrials!.Value, ParzenSearch.Startup) : options.MaxTrials!.Value;
        if (strategy == Strategy.Grid && !whole)
            note(Line($"the grid has {count:#,0} points: {wanted:#,0} of them are tried, drawn at random"));
        var kept = new List<IReadOnlyDictionary<string, string>>();
        var known = new HashSet<string>(StringComparer.Ordinal) { PointCheck.Name(new SortedDictionary<string, string>()) };
        var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
        long same = 0, vain = 0;
        foreach (IReadOnlyDictionary<string, string> point in Candidates(space, options.Seed, strategy, whole))
        {
            if (kept.Count >= wanted || vain >= Vain)
                break;
            SortedDictionary<string, string>? effective = check.Effective(point, out string reason);
            bool fresh = effective is not null && known.Add(PointCheck.Name(effective));
            vain = fresh || whole ? 0 : vain + 1;
            if (fresh)
                kept.Add(effective!);
            else if (effective is null)
                reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            else
                same++;
        }
        foreach ((string reason, int points) in reasons)
            note(Line($"{points:#,0} points are left out: {reason}"));
        if (same > 0 && whole)
            note(Line($"{same:#,0} points are left out that differ from others, or from the recipe, in nothing that has an effect"));
        if (!whole && (kept.Count < wanted || (strategy == Strategy.Tpe && count < options.MaxTrials)))
            note(Line($"the space has {(kept.Count < wanted ? kept.Count : count!.Value):#,0} different points, fewer than the {options.MaxTrials:#,0} asked for"));
        kept.AddRange(space.Beside.Select(point => check.Effective(point, out _)).OfType<SortedDictionary<string, string>>().Where(point => known.Add(PointCheck.Name(point))));
        if (kept.Count == 0)
            throw new UsageException("the grid is empty: no point of it is a recipe that differs from the one given; expected other values after --vary");
        return (strategy, kept);
    }

    private static void RequireEnough(SearchSpace space, TuneOptions options, BigInteger? count, Strategy strategy)
    {
        if (strategy == Strategy.Grid && count is null)
        {
            Parameter range = space.Parameters.First(parameter => parameter.Count is null);
            throw new UsageException($"--strategy grid, and {range.Key} is a range of real numbers, which has no grid: expected a list of values, or --strategy random");
        }
        if (options.MaxTrials is not null || (TriesAll(strategy) && count <= TuneOptions.SmallGrid))
            return;
        throw new UsageException(count is null
            ? "the space has a range of real numbers, and so no end of points: say with --max-trials how many are tried"
            : Line($"the grid has {count:#,0} points: say with --max-trials how many of them are tried{(strategy == Strategy.Tpe ? "" : ", drawn at random")}"));
    }

    /// <summary>Whether every point of a small space is tried where nothing else is said.</summary>
    private static bool TriesAll(Strategy strategy) => strategy is Strategy.Grid or Strategy.Halving;

    private static IEnumerable<IReadOnlyDictionary<string, string>> Candidates(SearchSpace space, int seed, Strategy strategy, bool whole)
    {
        if (whole)
        {
            for (BigInteger index = 0; index < space.Count; index++)
                yield return space.Point(index);
            yield break;
        }
        var random = new SeededRandom(seed);
        while (true)
            yield return space.Draw(random);
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
