using Retort.Fractionation;
using Retort.Runs;
using Retort.Training;

namespace Retort.Tests.Fractionation;

public sealed class FractionScheduleTests
{
    private static readonly FractionationOptions Entropy = new() { Scores = [Score.Entropy], Fraction = 0.2 };

    [Fact]
    public void A_constant_fraction_is_chosen_once_where_scores_do_not_change()
    {
        var schedule = new FractionSchedule(Entropy, steps: 50, stepsPerEpoch: 10);
        Assert.Equal([0], schedule.Starts);
        Assert.Equal(0.2, schedule.Fraction(0, []));
        Assert.Equal(0, schedule.At(49));
    }

    [Theory]
    [InlineData(0, new long[] { 0, 10, 20, 30, 40 })]
    [InlineData(25, new long[] { 0, 25 })]
    public void Scores_of_the_student_are_looked_up_every_so_many_steps(int refresh, long[] starts)
    {
        var schedule = new FractionSchedule(Entropy with { Scores = [Score.Divergence], RefreshSteps = refresh }, 50, 10);
        Assert.Equal(starts, schedule.Starts);
        Assert.All(Enumerable.Range(0, starts.Length), choice => Assert.Equal(0.2, schedule.Fraction(choice, [])));
    }

    [Fact]
    public void The_default_stages_are_half_then_less_then_all()
    {
        var schedule = new FractionSchedule(Entropy with { Schedule = Schedule.Stages }, 100, 10);
        Assert.Equal([0, 30, 80], schedule.Starts);
        Assert.Equal([0.5, 0.3, 1], Fractions(schedule));
        Assert.Equal([0, 0, 1, 1, 2, 2], new long[] { 0, 29, 30, 79, 80, 99 }.Select(schedule.At));
    }

    [Fact]
    public void Stages_go_on_where_scores_of_the_student_change_between_them()
    {
        var schedule = new FractionSchedule(Entropy with { Scores = [Score.Divergence], Schedule = Schedule.Stages }, 100, 20);
        Assert.Equal([0, 20, 30, 40, 60, 80], schedule.Starts);
        Assert.Equal([0.5, 0.5, 0.3, 0.3, 0.3, 1], Fractions(schedule));
    }

    [Fact]
    public void Of_stages_that_begin_at_one_step_the_last_holds()
    {
        var schedule = new FractionSchedule(Entropy with { Schedule = Schedule.Stages, StageFractions = [0.9, 0.8, 0.7], StageEnds = [0.5, 0.55, 1] }, 4, 4);
        Assert.Equal([0, 2], schedule.Starts);
        Assert.Equal([0.9, 0.7], Fractions(schedule));
    }

    [Fact]
    public void Linear_goes_in_equal_steps_from_the_first_fraction_to_the_last()
    {
        var schedule = new FractionSchedule(Entropy with { Schedule = Schedule.Linear }, 50, 10);
        Assert.Equal([0, 10, 20, 30, 40], schedule.Starts);
        AssertNear([1, 0.8, 0.6, 0.4, 0.2], Fractions(schedule));
        AssertNear([0.1, 0.125, 0.15, 0.175, 0.2], Fractions(new FractionSchedule(Entropy with { Schedule = Schedule.Linear, FirstFraction = 0.1 }, 50, 10)));
    }

    [Fact]
    public void Cosine_goes_along_half_a_cosine_and_ends_at_the_fraction()
    {
        var schedule = new FractionSchedule(Entropy with { Schedule = Schedule.Cosine }, 50, 10);
        // 0.2 + 0.8 · (1 + cos(π · 0, ¼, ½, ¾, 1)) / 2.
        AssertNear([1, 0.8828427125, 0.6, 0.3171572875, 0.2], Fractions(schedule));
        AssertNear([1, 0.2], Fractions(new FractionSchedule(Entropy with { Schedule = Schedule.Cosine }, 20, 10)));
    }

    [Fact]
    public void Adaptive_lowers_the_fraction_while_the_agreement_rises_and_raises_it_where_it_does_not()
    {
        var schedule = new FractionSchedule(Entropy with { Schedule = Schedule.Adaptive, Fraction = 0.5 }, 90, 10);
        Look[] history = [At(5, 0.6), At(10, 0.7), At(20, 0.8), At(30, 0.8), At(40, 0.85), At(50, 0.9), At(60, 0.95), At(70, 0.94), At(75, 0.96), At(80, 0.9)];
        AssertNear([1, 0.8, 0.64, 0.8, 0.64, 0.512, 0.5, 0.625, 0.5], Fractions(schedule, history));
        Assert.Equal([null, "agreement 0.7000 on dev, the first: fewer", "agreement 0.8000 on dev, best before 0.7000: fewer", "agreement 0.8000 on dev, best before 0.8000: more"],
            Enumerable.Range(0, 4).Select(Reason));
        Assert.Equal("agreement 0.9400 on dev, best before 0.9500: more", Reason(7));
        Assert.Equal(0.5, schedule.Reason(7, history)!.ShareBefore);
        Assert.Null(new FractionSchedule(Entropy with { Schedule = Schedule.Linear }, 90, 10).Reason(3, history));

        string? Reason(int choice) => schedule.Reason(choice, history)?.Text(schedule.Fraction(choice, history));
    }

    [Fact]
    public void Adaptive_stays_within_its_bounds_and_knows_nothing_of_looks_that_are_to_come()
    {
        var schedule = new FractionSchedule(Entropy with { Schedule = Schedule.Adaptive, Fraction = 0.5, FirstFraction = 0.6 }, 50, 10);
        AssertNear([0.6, 0.5, 0.6, 0.6, 0.6], Fractions(schedule, At(10, 0.9), At(20, 0.8), At(30, 0.7), At(40, 0.6)));
        Assert.Equal("agreement 0.7000 on dev, best before 0.9000: as many", schedule.Reason(3, [At(10, 0.9), At(20, 0.8), At(30, 0.7)])!.Text(0.6));
        Assert.Equal(0.6, schedule.Fraction(0, [At(10, 0.9)]));
        Assert.Equal(schedule.Fraction(2, [At(10, 0.5), At(20, 0.6)]), schedule.Fraction(2, [At(10, 0.5), At(20, 0.6), At(30, 0.1)]));
        // Nobody has looked between two choices: the fraction stays.
        Assert.Equal(0.6, schedule.Fraction(4, []));
        Assert.Null(schedule.Reason(4, []));
        Assert.Null(schedule.Reason(4, [At(10, 0.9)]));
    }

    [Theory]
    // Of themselves the rounds are over at half of the steps.
    [InlineData(0, 3, new long[] { 0, 25, 50 })]
    [InlineData(0, 1, new long[] { 0 })]
    [InlineData(10, 4, new long[] { 0, 10, 20, 30 })]
    public void Rounds_grow_by_as_many_texts_each(int refresh, int rounds, long[] starts)
    {
        var schedule = new FractionSchedule(Entropy with { Schedule = Schedule.Rounds, Rounds = rounds, RefreshSteps = refresh }, 100, 10);
        Assert.Equal(starts, schedule.Starts);
        AssertNear([.. Enumerable.Range(1, rounds).Select(round => 0.2 * round / rounds)], Fractions(schedule));
    }

    [Theory]
    [InlineData(25, 5)]
    [InlineData(0, 60)]
    public void Rounds_that_are_not_over_before_the_training_are_refused(int refresh, int rounds)
    {
        var options = Entropy with { Schedule = Schedule.Rounds, Rounds = rounds, RefreshSteps = refresh };
        var error = Assert.Throws<UsageException>(() => new FractionSchedule(options, 100, 10));
        Assert.Equal("fractionation.rounds", error.Key);
        Assert.Contains("are not over before the training, which has 100 steps", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Score.Uncertainty, 10, 0, "uncertainty, which says nothing before choice 2, and the training has 10 steps and 1 of them: expected at least 2; set more distillation.epochs, or a smaller fractionation.refresh_steps")]
    [InlineData(Score.Divergence, 50, 50, "divergence, which says nothing before choice 2, and the training has 50 steps and 1 of them")]
    [InlineData(Score.Variability, 20, 0, "variability, which says nothing before choice 3, and the training has 20 steps and 2 of them: expected at least 3")]
    [InlineData(Score.Forgetting, 50, 25, "forgetting, which says nothing before choice 3")]
    public void Scores_of_the_student_that_would_be_chance_throughout_are_refused(Score score, int steps, int refresh, string message)
    {
        FractionationOptions options = Entropy with { Scores = [Score.Random, score], RefreshSteps = refresh };
        var error = Assert.Throws<UsageException>(() => new FractionSchedule(options, steps, 10));
        Assert.Equal("fractionation.refresh_steps", error.Key);
        Assert.StartsWith($"fractionation.scores names {message}", error.Message, StringComparison.Ordinal);
        // One more choice is enough, and so are the ends of stages.
        Assert.Equal(score.LeastLooks() + 1, new FractionSchedule(options with { RefreshSteps = 10 }, 10 * score.LeastLooks() + 10, 10).Starts.Count);
        Assert.Equal(3, new FractionSchedule(options with { Schedule = Schedule.Stages, RefreshSteps = 100 }, 50, 10).Starts.Count);
    }

    [Theory]
    [InlineData(Score.Uncertainty, 1)]
    [InlineData(Score.Variability, 2)]
    public void Scores_of_the_student_want_more_rounds_than_looks(Score score, int rounds)
    {
        FractionationOptions options = Entropy with { Scores = [score], Schedule = Schedule.Rounds, Rounds = rounds };
        var error = Assert.Throws<UsageException>(() => new FractionSchedule(options, 100, 10));
        Assert.Equal("fractionation.rounds", error.Key);
        Assert.EndsWith($"expected at least {rounds + 1}; set more fractionation.rounds", error.Message, StringComparison.Ordinal);
        Assert.Equal(rounds + 1, new FractionSchedule(options with { Rounds = rounds + 1 }, 100, 10).Starts.Count);
    }

    [Theory]
    [InlineData(Schedule.Linear, 10, 0, "more distillation.epochs, or a smaller fractionation.refresh_steps, or the schedule constant")]
    [InlineData(Schedule.Cosine, 50, 50, "more distillation.epochs, or a smaller fractionation.refresh_steps, or the schedule constant")]
    [InlineData(Schedule.Adaptive, 10, 0, "more distillation.epochs, or a smaller fractionation.refresh_steps, or the schedule constant")]
    [InlineData(Schedule.Stages, 1, 0, "more distillation.epochs, or the schedule constant")]
    public void A_schedule_that_would_never_change_is_refused(Schedule schedule, int steps, int refresh, string cure)
    {
        FractionationOptions options = Entropy with { Schedule = schedule, RefreshSteps = refresh, StageEnds = [0.2, 0.4, 1] };
        var error = Assert.Throws<UsageException>(() => new FractionSchedule(options, steps, 10));
        Assert.Equal("fractionation.schedule", error.Key);
        Assert.Equal($"fractionation.schedule is {schedule.ToString().ToLowerInvariant()}, and the training has {steps} steps and one choice of texts, so that the fraction never changes: "
            + $"expected at least 2 choices; set {cure}", error.Message);
        Assert.True(new FractionSchedule(options with { RefreshSteps = 0 }, 20, 10).Starts.Count > 1);
    }

    [Fact]
    public void One_stage_is_a_constant_fraction() =>
        Assert.Equal([0.5], Fractions(new FractionSchedule(Entropy with { Schedule = Schedule.Stages, StageFractions = [0.5], StageEnds = [1] }, 10, 10)));

    [Fact]
    public void Where_nothing_is_chosen_all_texts_are_learnt_from() =>
        Assert.Equal(1, new FractionSchedule(new FractionationOptions { ClassBalance = ClassBalance.Inverse, Fraction = 0.3 }, 50, 10).Fraction(0, []));

    private static double[] Fractions(FractionSchedule schedule, params Look[] history) =>
        [.. Enumerable.Range(0, schedule.Starts.Count).Select(choice => schedule.Fraction(choice, history))];

    private static Look At(long step, double agreement) => new(step, new DevScores(0.5, 0.5, agreement));

    private static void AssertNear(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], 1e-9);
    }
}
