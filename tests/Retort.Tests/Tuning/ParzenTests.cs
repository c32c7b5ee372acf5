using System.Globalization;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Training;
using Retort.Tuning;
using Retort.Tuning.Plans;
using Retort.Tuning.Space;

namespace Retort.Tests.Tuning;

public sealed class ParzenTests
{
    private static readonly Ranking Accuracy = new(DevMetric.Accuracy, null);

    // The recipe's own values lie outside the ranges, so that each point names all that it varies.
    private static readonly Recipe Plain = new() { Data = new() { Train = "train.tsv" }, Student = new() { Filters = 999, Dropout = 0.95 }, Distillation = new() { LearningRate = 0.5 } };

    [Fact]
    public void In_a_list_a_value_counts_for_itself_beside_one_that_is_spread_over_all()
    {
        var density = new ParzenDensity(new Parameter("student.filters") { Values = ["64", "128", "256", "512"] }, ["128", "128", "512"]);
        Assert.Equal([0.25 / 4, 2.25 / 4, 0.25 / 4, 1.25 / 4], new[] { "64", "128", "256", "512" }.Select(density.Of));
    }

    [Fact]
    public void In_a_range_a_value_spreads_as_far_as_the_farther_neighbour()
    {
        // One value, at 0.25: the farther edge is 0.75 away. Φ(1) − Φ(−1/3) of it lies within; at its centre a normal distribution has 0.3989 / 0.75.
        var density = new ParzenDensity(new Parameter("student.dropout") { Low = 0, High = 1 }, ["0.25"]);
        double inside = 0.841344746 - 0.369441340;
        Assert.Equal((1 + 0.398942280 / 0.75 / inside) / 2, density.Of("0.25"), 7);
        Assert.Equal((1 + 0.241970725 / 0.75 / inside) / 2, density.Of("1"), 7);
    }

    [Theory]
    [InlineData("0.1..0.9", "0.2,0.21,0.8")]
    [InlineData("0.001..0.9:log", "0.002,0.01,0.5,0.5")]
    [InlineData("3..40:int", "3,5,40")]
    public void Densities_are_whole_and_draws_follow_them(string range, string seen)
    {
        Parameter parameter = ParameterReader.Read($"{(range.EndsWith(":int", StringComparison.Ordinal) ? "student.filters" : "student.dropout")}={range}");
        var density = new ParzenDensity(parameter, seen.Split(','));
        const int Parts = 4000, Draws = 20000;
        double[] densities = [.. Enumerable.Range(0, Parts).Select(k => Exactly(parameter, density, (k + 0.5) / Parts))];
        Assert.Equal(1, densities.Average(), parameter.IsWhole ? 0.05 : 0.002);

        // The share of draws in the lower half of the range is the mass there.
        var random = new SeededRandom(3);
        double below = Enumerable.Range(0, Draws).Count(_ => parameter.PlaceOf(density.Draw(random)) < 0.5) / (double)Draws;
        Assert.Equal(densities[..(Parts / 2)].Sum() / Parts, below, 0.02);
    }

    [Fact]
    public void It_finds_more_than_chance_with_as_many_trials()
    {
        double tpe = 0, random = 0;
        const int Studies = 10;
        for (int seed = 1; seed <= Studies; seed++)
        {
            tpe += Best(Strategy.Tpe, seed) / Studies;
            random += Best(Strategy.Random, seed) / Studies;
        }
        // The best that there is has 1.
        Assert.True(1 - tpe < 0.3 * (1 - random), $"{tpe:0.0000} after {random:0.0000}");
    }

    [Fact]
    public void A_study_that_is_asked_again_wants_the_same_and_every_point_is_another()
    {
        TuneOptions options = Options(Strategy.Tpe, most: 19, seed: 4);
        string[] one = Names(new Random(1)), other = Names(new Random(2));
        Assert.Equal(one, other);
        Assert.Equal(1 + 19, one.Distinct().Count());

        string[] Names(Random order) => [.. Study(options, Wavy).Run(order).Configurations.Select(configuration => PointCheck.Name(configuration.Changes))];
    }

    [Fact]
    public void Values_that_are_written_otherwise_than_a_recipe_does_are_tried_once()
    {
        TuneOptions options = new() { Vary = ["student.windows=[2,3],[2,3,4],[3]", "distillation.batch_size=16,32,64,256", "augmentation.vectors=a$$.vec,b.vec"], Strategy = Strategy.Tpe, MaxTrials = 30, Finalists = 1 };
        SimulatedStudy study = Study(options, changes => changes["student.windows"] == "[2, 3]" ? 0.9 : 0.5, Plain with { Augmentation = new() { Copies = 1, Vectors = "c.vec" }, Student = Plain.Student with { Windows = [5] } })
            .Run(new Random(1));
        Assert.Equal(1 + 24, study.Configurations.Select(configuration => PointCheck.Name(configuration.Changes)).Distinct().Count());
        Assert.Equal(1 + 24, study.Configurations.Count);
    }

    [Fact]
    public void A_small_space_is_used_up_and_no_more()
    {
        TuneOptions options = new() { Vary = ["student.filters=1..15"], Strategy = Strategy.Tpe, MaxTrials = 40, Finalists = 1, FinalistSeeds = 2 };
        SimulatedStudy study = Study(options, changes => Number(changes, "student.filters") / 100).Run(new Random(1));
        Assert.Equal(1 + 15, study.Configurations.Count);
        Assert.Equal("15", study.Configurations[study.Trials.Single(trial => trial is { Seed: 2, Configuration: > 0 }).Configuration].Changes["student.filters"]);
    }

    [Fact]
    public void A_key_without_effect_at_a_point_says_nothing_of_it()
    {
        // Temperature has an effect with kl alone, which is better; with mse, left out of the changes, it is no observation.
        TuneOptions options = new() { Vary = ["distillation.soft_label_loss=mse,kl", "distillation.temperature=1..9"], Strategy = Strategy.Tpe, MaxTrials = 30, Finalists = 1, FinalistSeeds = 1 };
        SimulatedStudy study = Study(options, changes => changes.ContainsKey("distillation.soft_label_loss") ? 0.9 - Math.Abs(Temperature(changes) - 7) / 20 : 0.2).Run(new Random(1));
        Assert.Contains(study.Configurations, configuration => configuration.Changes.Count > 0 && Math.Abs(Temperature(configuration.Changes) - 7) < 0.1);

        static double Temperature(IReadOnlyDictionary<string, string> changes) => changes.ContainsKey("distillation.temperature") ? Number(changes, "distillation.temperature") : Plain.Distillation.Temperature;
    }

    [Fact]
    public void Trials_that_fail_are_kept_away_from()
    {
        // Half of the range fails; so would half of what chance draws.
        TuneOptions options = new() { Vary = ["student.dropout=0.01..0.9"], Strategy = Strategy.Tpe, MaxTrials = 34, Finalists = 1, FinalistSeeds = 1 };
        SimulatedStudy study = Study(options, changes => Number(changes, "student.dropout") is var dropout && dropout > 0.45 ? null : 1 - Math.Abs(dropout - 0.2)).Run(new Random(1));
        int Failed(IEnumerable<Trial> trials) => trials.Count(trial => trial.State == TrialState.Failed);
        Trial[] learnt = [.. study.Trials.Where(trial => trial.Configuration > ParzenSearch.Startup)];
        Assert.Equal(24, learnt.Length);
        Assert.True(Failed(learnt) < 8, $"{Failed(learnt)} of {learnt.Length}");
        Assert.True(study.Trials.Max(trial => trial.Figures?.Accuracy) > 0.99);
    }

    [Fact]
    public void What_fails_altogether_ends() =>
        Assert.Equal(1 + 12, Study(new() { Vary = ["student.dropout=0.01..0.9"], Strategy = Strategy.Tpe, MaxTrials = 12, Finalists = 1 }, _ => null).Run(new Random(1)).Configurations.Count);

    // A whole number's density stands at its own place, for all of its share of the range.
    private static double Exactly(Parameter parameter, ParzenDensity density, double place) => density.Of(parameter.IsWhole ? parameter.At(place)
        : ((parameter.IsLogarithmic ? Math.Exp(Math.Log(parameter.Low) + place * (Math.Log(parameter.High) - Math.Log(parameter.Low))) : parameter.Low + place * (parameter.High - parameter.Low)))
        .ToString("R", CultureInfo.InvariantCulture));

    private static TuneOptions Options(Strategy strategy, int most, int seed) => new()
    {
        Vary = ["distillation.learning_rate=1e-5..1e-1:log", "student.filters=16..512:int", "student.dropout=0.01..0.6", "distillation.batch_size=16,32,64,128"],
        Strategy = strategy,
        MaxTrials = most,
        Finalists = 1,
        FinalistSeeds = 1,
        Seed = seed,
    };

    private static double Best(Strategy strategy, int seed) =>
        Study(Options(strategy, 50, seed), Wavy).Run(new Random(seed)).Trials.Where(trial => trial.Configuration > 0).Max(trial => trial.Figures!.Accuracy!.Value);

    // Best, with 1, at a learning rate of 1e-3, 200 filters, a dropout of 0.2 and batches of 32.
    private static double? Wavy(IReadOnlyDictionary<string, string> changes)
    {
        double rate = Math.Log10(Number(changes, "distillation.learning_rate")) + 3, filters = (Number(changes, "student.filters") - 200) / 200, dropout = (Number(changes, "student.dropout") - 0.2) / 0.3;
        double batch = changes.TryGetValue("distillation.batch_size", out string? size) && size != "32" ? 0.1 : 0;
        return 1 - 0.1 * rate * rate - 0.1 * filters * filters - 0.1 * dropout * dropout - batch;
    }

    private static double Number(IReadOnlyDictionary<string, string> changes, string key) => double.Parse(changes[key], CultureInfo.InvariantCulture);

    private static SimulatedStudy Study(TuneOptions options, Func<IReadOnlyDictionary<string, string>, double?> score) => Study(options, score, Plain);

    private static SimulatedStudy Study(TuneOptions options, Func<IReadOnlyDictionary<string, string>, double?> score, Recipe recipe)
    {
        var space = new SearchSpace([.. options.Vary.Select(ParameterReader.Read)]);
        (Strategy strategy, IReadOnlyList<IReadOnlyDictionary<string, string>> points) = PointDraw.Take(space, options, new PointCheck(recipe), _ => { });
        ParzenSearch? parzen = strategy == Strategy.Tpe ? new ParzenSearch(recipe, space, options.MaxTrials!.Value, options.Seed, Accuracy) : null;
        // The recipe itself is the worst.
        return new(new SearchPlan(points, [.. Enumerable.Range(1, options.FinalistSeeds)], options.Finalists, Accuracy, null, parzen), (configuration, _, _) => configuration.Number == 0 ? 0 : score(configuration.Changes));
    }
}
