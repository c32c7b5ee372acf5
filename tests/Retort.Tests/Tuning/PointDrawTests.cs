using System.Diagnostics;
using System.Numerics;
using Retort.Distillation;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Tuning;
using Retort.Tuning.Plans;
using Retort.Tuning.Space;

namespace Retort.Tests.Tuning;

public sealed class PointDrawTests
{
    private static readonly Recipe Plain = new() { Data = new() { Train = "train.tsv" } };

    private readonly List<string> _notes = [];

    [Fact]
    public void A_grid_has_every_point_once_and_none_that_is_the_recipe()
    {
        IReadOnlyList<IReadOnlyDictionary<string, string>> points = Take(new(), "student.filters=64,128,256", "distillation.batch_size=64,128").Points;
        Assert.Equal(5, points.Count);
        Assert.Equal(5, points.Select(PointCheck.Name).Distinct().Count());
        Assert.Contains(_notes, note => note.StartsWith("1 points are left out that differ from others, or from the recipe", StringComparison.Ordinal));
    }

    [Fact]
    public void A_grid_of_quintillions_is_counted_and_not_gone_through()
    {
        string[] vary = ["student.filters=1..1000000", "student.embedding_width=1..1000000", "student.ngram_width=1..1000000", "distillation.batch_size=1..1000000"];
        Assert.Equal(BigInteger.Pow(10, 24), Space(vary).Count);
        var clock = Stopwatch.StartNew();
        string said = Assert.Throws<UsageException>(() => Take(new(), vary)).Message;
        Assert.Equal("the grid has 1,000,000,000,000,000,000,000,000 points: say with --max-trials how many of them are tried, drawn at random", said);
        (Strategy strategy, IReadOnlyList<IReadOnlyDictionary<string, string>> points) = Take(new() { MaxTrials = 7 }, vary);
        Assert.Equal((Strategy.Grid, 7), (strategy, points.Count));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    [Fact]
    public void Point_numbers_lead_to_all_points()
    {
        SearchSpace space = Space("student.filters=64,128", "distillation.temperature=1,2,3");
        string[] points = [.. Enumerable.Range(0, 6).Select(k => PointCheck.Name(space.Point(k)))];
        Assert.Equal(6, points.Distinct().Count());
        Assert.Equal("""{"distillation.temperature":"2","student.filters":"64"}""", points[1]);
    }

    [Fact]
    public void Points_that_differ_in_what_has_no_effect_are_one()
    {
        IReadOnlyList<IReadOnlyDictionary<string, string>> points = Take(new(), "distillation.soft_label_loss=mse,kl", "distillation.temperature=1,3").Points;
        // Of the recipe's own mse there is one, and it is the recipe.
        Assert.Equal(["""{"distillation.soft_label_loss":"kl","distillation.temperature":"1"}""", """{"distillation.soft_label_loss":"kl","distillation.temperature":"3"}"""],
            points.Select(PointCheck.Name));
    }

    [Fact]
    public void Points_that_are_no_recipe_are_left_out_with_a_word()
    {
        Assert.Equal(2, Take(new(), "distillation.soft_label_weight=0,1", "distillation.hard_label_weight=0,1").Points.Count);
        Assert.Contains(_notes, note => note.StartsWith("1 points are left out: distillation.soft_label_weight and distillation.hard_label_weight are both 0", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("distillation.temperature=1,2", "distillation.temperature has no effect while distillation.soft_label_loss is mse")]
    [InlineData("student.filters=0,64", "student.filters is 0: expected a number of at least 1")]
    [InlineData("distillation.temperature=-1..2", "distillation.temperature is -1: expected a number above 0")]
    [InlineData("student.dropout=0.1,1", "student.dropout is 1: expected a number from 0 to below 1")]
    public void A_value_out_of_its_range_and_a_key_without_effect_are_refused_before_anything_runs(string vary, string what) =>
        Assert.Contains(what, Assert.Throws<UsageException>(() => new PointCheck(Plain).Require(Space(vary))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_key_that_has_an_effect_at_some_points_is_allowed() =>
        new PointCheck(Plain).Require(Space("distillation.temperature=1,2", "distillation.soft_label_loss=mse,kl"));

    [Fact]
    public void A_key_is_named_once() =>
        Assert.Contains("twice", Assert.Throws<UsageException>(() => new PointCheck(Plain).Require(Space("student.filters=1", "student.filters=2"))).Message, StringComparison.Ordinal);

    [Fact]
    public void An_empty_grid_is_an_error() =>
        Assert.Contains("the grid is empty", Assert.Throws<UsageException>(() => Take(new(), "student.filters=128")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("distillation.learning_rate=1e-4..1e-3:log", null, "no end of points: say with --max-trials")]
    [InlineData("student.filters=1..100", null, "the grid has 100 points: say with --max-trials")]
    [InlineData("distillation.learning_rate=1e-4..1e-3:log", Strategy.Grid, "has no grid")]
    [InlineData("student.filters=1..10", Strategy.Random, "the grid has 10 points: say with --max-trials")]
    public void How_many_of_a_large_space_are_tried_has_to_be_said(string vary, Strategy? strategy, string what) =>
        Assert.Contains(what, Assert.Throws<UsageException>(() => Take(new() { Strategy = strategy }, vary)).Message, StringComparison.Ordinal);

    [Fact]
    public void Random_points_follow_from_the_seed_and_a_small_space_is_used_up()
    {
        string[] Names(int seed) => [.. Take(new() { Strategy = Strategy.Random, MaxTrials = 12, Seed = seed }, "distillation.learning_rate=1e-4..1e-2:log").Points.Select(PointCheck.Name)];
        Assert.Equal(12, Names(1).Distinct().Count());
        Assert.Equal(Names(1), Names(1));
        Assert.NotEqual(Names(1), Names(2));
        Assert.Equal(3, Take(new() { Strategy = Strategy.Random, MaxTrials = 12 }, "student.filters=1..3").Points.Count);
        Assert.Contains("the space has 3 different points, fewer than the 12 asked for", _notes);
    }

    [Fact]
    public void Halving_begins_with_every_point_of_a_small_space()
    {
        Assert.Equal(7, Take(new() { Strategy = Strategy.Halving }, "student.filters=1..7").Points.Count);
        Assert.Equal(4, Take(new() { Strategy = Strategy.Halving, MaxTrials = 4 }, "student.filters=1..7").Points.Count);
        Assert.Contains("say with --max-trials", Assert.Throws<UsageException>(() => Take(new() { Strategy = Strategy.Halving }, "student.dropout=0.1..0.5")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(15)]
    public void That_a_space_is_smaller_than_asked_for_is_said_of_tpe_too(int points)
    {
        Assert.Equal(Math.Min(points, ParzenSearch.Startup), Take(new() { Strategy = Strategy.Tpe, MaxTrials = 40 }, $"student.filters=1..{points}").Points.Count);
        Assert.Equal([$"the space has {points} different points, fewer than the 40 asked for"], _notes);
    }

    [Theory]
    [InlineData(SituationKind.SmallData, "1,2,3")]
    [InlineData(SituationKind.LargeData, "2,3,4,5")]
    [InlineData(SituationKind.ImbalancedData, "1,1.5,2")]
    public void The_default_space_is_temperature_by_weight_with_kl(SituationKind kind, string temperatures)
    {
        SearchSpace space = DefaultSpace.Of(new Situation(kind, 100, 1), Plain);
        IReadOnlyList<IReadOnlyDictionary<string, string>> points = PointDraw.Take(space, new TuneOptions(), new PointCheck(Plain), _notes.Add).Points;
        Assert.Equal(temperatures.Split(','), space.Parameters[0].Values);
        Assert.Equal(temperatures.Split(',').Length * 4, points.Count);
        Assert.All(points, point => Assert.Equal(SoftLabelLoss.Kl, PointCheck.At(Plain, point).Distillation.SoftLabelLoss));
        Assert.All(points, point => Assert.Equal(1, PointCheck.At(Plain, point).Distillation is var options ? options.SoftLabelWeight + options.HardLabelWeight : 0, 9));
    }

    [Fact]
    public void Logits_at_mean_squared_error_are_one_point_more_where_the_recipe_is_none()
    {
        Recipe kl = Plain with { Distillation = Plain.Distillation with { SoftLabelLoss = SoftLabelLoss.Kl, Temperature = 4 } };
        SearchSpace space = DefaultSpace.Of(new Situation(SituationKind.SmallData, 100, 1), kl);
        IReadOnlyList<IReadOnlyDictionary<string, string>> points = PointDraw.Take(space, new TuneOptions(), new PointCheck(kl), _notes.Add).Points;
        Assert.Equal(13, points.Count);
        Assert.Single(points, point => PointCheck.At(kl, point).Distillation.SoftLabelLoss == SoftLabelLoss.Mse);
    }

    private (Strategy Strategy, IReadOnlyList<IReadOnlyDictionary<string, string>> Points) Take(TuneOptions options, params string[] vary) =>
        PointDraw.Take(Space(vary), options, new PointCheck(Plain), _notes.Add);

    private static SearchSpace Space(params string[] vary) => new([.. vary.Select(ParameterReader.Read)]);
}
