using Retort.Pipeline;
using Retort.Runs;
using Retort.Tuning.Space;

namespace Retort.Tuning.Plans;

/// <summary>
/// Tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization"): the trials so far are parted into the best fifth and
/// the rest, and of points drawn from where the best lie, key by key, the next is the one that is most likely among the best over among the rest. A key that
/// has no effect at a point says nothing of it. Points come in rounds, each judged when all of its trials are over, so that what is tried does not depend on how many
/// processes work; within a round those already taken count among the rest, which keeps them apart.
/// </summary>
/// <param name="recipe">What points change.</param>
/// <param name="space">The space.</param>
/// <param name="most">Points that are tried at most, those of <see cref="SearchSpace.Beside"/> left out.</param>
/// <param name="seed">Seed of the draws.</param>
/// <param name="ranking">Which trial is the better.</param>
internal sealed class ParzenSearch(Recipe recipe, SearchSpace space, int most, int seed, Ranking ranking)
{
    /// <summary>Points at random before there is enough to learn from.</summary>
    public const int Startup = 10;

    private const int Round = 4;
    private const int Candidates = 24;
    private const double GoodShare = 0.2;

    private readonly PointCheck _check = new(recipe);

    /// <summary>The points of the next round; none when enough have been tried, or when nothing new is found.</summary>
    /// <param name="configurations">Those that there are, the recipe at the head.</param>
    /// <param name="trials">Their trials of one seed, all over.</param>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Next(IReadOnlyList<Configuration> configurations, IReadOnlyList<Trial> trials)
    {
        HashSet<string> known = [.. configurations.Select(configuration => PointCheck.Name(configuration.Changes))];
        HashSet<string> beside = [.. space.Beside.Select(point => _check.Effective(point, out _)).OfType<SortedDictionary<string, string>>().Select(PointCheck.Name)];
        Configuration[] tried = [.. configurations.Skip(1).Where(configuration => !beside.Contains(PointCheck.Name(configuration.Changes)))];
        HashSet<int> best = [.. ranking.Best(trials).Select(trial => trial.Configuration).Where(number => tried.Any(one => one.Number == number)).Take((int)Math.Ceiling(GoodShare * tried.Length))];
        ParzenDensity[] good = Densities([.. tried.Where(one => best.Contains(one.Number)).Select(one => Values(one.Changes))]);
        List<string?[]> rest = [.. tried.Where(one => !best.Contains(one.Number)).Select(one => Values(one.Changes))];
        var points = new List<IReadOnlyDictionary<string, string>>();
        var random = new SeededRandom(seed, configurations.Count);
        while (points.Count < Math.Min(Round, most - tried.Length) && Likeliest(good, Densities(rest), known, random) is { } point)
        {
            points.Add(point);
            rest.Add(Values(point));
            known.Add(PointCheck.Name(point));
        }
        return points;
    }

    private SortedDictionary<string, string>? Likeliest(ParzenDensity[] good, ParzenDensity[] rest, HashSet<string> known, SeededRandom random)
    {
        SortedDictionary<string, string>? likeliest = null;
        double highest = double.NegativeInfinity;
        for (int fresh = 0, vain = 0; fresh < Candidates && vain < PointDraw.Vain;)
        {
            SortedDictionary<string, string>? point = _check.Effective(space.Point([.. good.Select(density => density.Draw(random))]), out _);
            if (point is null || known.Contains(PointCheck.Name(point)))
            {
                vain++;
                continue;
            }
            (fresh, vain) = (fresh + 1, 0);
            double ratio = Values(point).Select((value, k) => value is null ? 0 : Math.Log(good[k].Of(value) / rest[k].Of(value))).Sum();
            if (ratio > highest)
                (highest, likeliest) = (ratio, point);
        }
        return likeliest;
    }

    private ParzenDensity[] Densities(IReadOnlyList<string?[]> points) =>
        [.. space.Parameters.Select((parameter, k) => new ParzenDensity(parameter, points.Select(values => values[k]).OfType<string>()))];

    private string?[] Values(IReadOnlyDictionary<string, string> point) => PointCheck.Values(recipe, point, space.Parameters.Select(parameter => parameter.Key));
}
