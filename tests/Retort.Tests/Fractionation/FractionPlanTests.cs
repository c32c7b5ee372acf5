using Retort.Fractionation;
using Retort.Metrics;
using Retort.Runs;
using Retort.Tests.Metrics;
using Retort.Training;

namespace Retort.Tests.Fractionation;

public sealed class FractionPlanTests : IDisposable
{
    // A text in five is of class 1.
    private static readonly int[] Classes = [.. Enumerable.Range(0, 100).Select(k => k % 5 == 0 ? 1 : 0)];

    private static readonly string[] Texts = [.. Enumerable.Range(0, 100).Select(k => $"text {k}")];

    private static readonly int[] Lengths = [.. Enumerable.Range(0, 100).Select(k => 1 + k * 7 % 13)];

    private static readonly TrainingOptions Loop = new() { BatchSize = 8, Epochs = 4, Seed = 3 };

    private static readonly FractionationOptions Entropy = new() { Scores = [Score.Entropy], Fraction = 0.3 };

    // 13 steps an epoch of all texts.
    private const int Steps = 52;

    private static readonly Dictionary<string, FractionationOptions> All = new()
    {
        ["sample"] = Entropy,
        ["highest"] = Entropy with { Select = Selection.Highest },
        ["random"] = Entropy with { Scores = [Score.Random] },
        ["random anew"] = Entropy with { Scores = [Score.RandomAnew], Select = Selection.Highest, RefreshSteps = 10 },
        ["weighted"] = Entropy with { Scores = [Score.Entropy, Score.Margin], Combine = ScoreCombination.FilterThenWeight },
        ["stages"] = Entropy with { Schedule = Schedule.Stages },
        ["cosine"] = Entropy with { Schedule = Schedule.Cosine, RefreshSteps = 7 },
        ["adaptive"] = Entropy with { Schedule = Schedule.Adaptive },
        ["quota and balance"] = Entropy with { ClassQuota = ClassQuota.Equal, ClassBalance = ClassBalance.SquareRoot },
        ["balance alone"] = new() { ClassBalance = ClassBalance.Inverse },
        ["all"] = new() { LogitAdjustment = 1 },
        ["divergence"] = Entropy with { Scores = [Score.Divergence], Select = Selection.Highest },
        ["variability and entropy"] = Entropy with { Scores = [Score.Variability, Score.Entropy], RefreshSteps = 9 },
        ["rounds"] = Entropy with { Schedule = Schedule.Rounds, Rounds = 4 },
        ["rounds of uncertainty"] = Entropy with { Scores = [Score.Uncertainty], Schedule = Schedule.Rounds, Rounds = 3, RefreshSteps = 11, Select = Selection.Highest },
        ["rounds, and the rest by its labels"] = Entropy with { Scores = [Score.Uncertainty], Schedule = Schedule.Rounds, Rounds = 3, RefreshSteps = 11, Unchosen = Unchosen.Label },
        ["stages, and the rest by its labels"] = Entropy with { Schedule = Schedule.Stages, Select = Selection.Highest, Unchosen = Unchosen.Label },
        ["forgetting in stages"] = Entropy with { Scores = [Score.Forgetting], Schedule = Schedule.Stages },
    };

    private readonly TemporaryFolder _folder = new();

    private long _asked;

    public static TheoryData<string> Names => [.. All.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_step_has_a_batch_of_chosen_texts_and_there_are_as_many_steps_as_of_all(string name)
    {
        FractionationOptions options = All[name];
        var chosen = new List<Fraction>();
        FractionPlan plan = Plan(options, "whole");
        plan.Chosen += chosen.Add;
        Assert.Equal(new BatchPlan(Lengths, Loop.BatchSize, Loop.Seed).StepsPerEpoch, plan.StepsPerEpoch);
        for (int step = 0; step < Steps; step++)
        {
            int[] batch = Assert.Single(Batches(plan, step, step + 1));
            Assert.InRange(batch.Length, 1, Loop.BatchSize);
            if (options.Chooses && (options.Select == Selection.Highest || options.LearnsUnchosen))
                Assert.Subset(chosen[^1].Rows.ToHashSet(), batch.Where(row => !options.LearnsUnchosen || plan.IsChosen(row)).ToHashSet());
        }
        Assert.Equal(plan.Starts, chosen.Select(fraction => fraction.Step));
        Assert.Equal(Enumerable.Range(0, chosen.Count), chosen.Select(fraction => fraction.Number));
        Assert.All(chosen, fraction => Assert.Equal((int)Math.Round(fraction.Share * 100, MidpointRounding.AwayFromZero), fraction.Rows.Length));
        Assert.All(chosen, fraction => Assert.Equal(1, fraction.Weights.Average(), 1e-9));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_plan_that_is_made_anew_before_any_step_gives_the_same_batches(string name)
    {
        FractionationOptions options = All[name];
        int[][] expected = Batches(Plan(options, "whole"), 0, Steps);
        for (int cut = 1; cut < Steps; cut++)
        {
            string folder = $"cut{cut}";
            Batches(Plan(options, folder), 0, cut);
            Checkpoint(folder, cut);
            Assert.Equal(expected[cut..], Batches(Plan(options, folder), cut, Steps));
        }
    }

    [Fact]
    public void Only_the_students_scores_that_may_be_needed_again_are_kept()
    {
        FractionPlan plan = Plan(Entropy with { Scores = [Score.Variability] }, "kept");
        Batches(plan, 0, 20);
        Checkpoint("kept", 20);
        Batches(plan, 20, 40);
        // Of the choices from the steps 13, 26 and 39 on; a training that is cut off now goes on from step 20.
        Assert.Equal(["fraction-13.safetensors", "fraction-26.safetensors", "fraction-39.safetensors"], Kept());
        File.Delete(_folder["kept/checkpoint-20.safetensors"]);
        Checkpoint("kept", 39);
        File.Delete(_folder["kept/fraction-39.safetensors"]);
        Batches(Plan(Entropy with { Scores = [Score.Variability] }, "kept"), 39, 41);
        Assert.Equal(["fraction-39.safetensors"], Kept());

        string?[] Kept() => [.. Directory.GetFiles(_folder["kept"], "fraction-*").Select(Path.GetFileName).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [InlineData(30, 26)]
    // Before the choice of step 26 the plan needs what was remembered at the one before.
    [InlineData(26, 13)]
    public void A_plan_without_the_students_scores_cannot_go_on(int cut, int missing)
    {
        FractionationOptions options = Entropy with { Scores = [Score.Variability] };
        Batches(Plan(options, "lost"), 0, cut);
        File.Delete(_folder[$"lost/fraction-{missing}.safetensors"]);
        var error = Assert.Throws<RetortException>(() => Plan(options, "lost").Batch(At(cut)));
        Assert.Contains($"fraction-{missing}.safetensors is missing", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"delete {_folder["lost"]} to start anew", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_is_chosen_or_balanced_each_text_is_seen_once_a_pass()
    {
        FractionPlan plan = Plan(new FractionationOptions { LogitAdjustment = 1 }, "all");
        for (int pass = 0; pass < 3; pass++)
            Assert.Equal(Enumerable.Range(0, 100), Batches(plan, 13 * pass, 13 * pass + 13).SelectMany(batch => batch).Order());
        Assert.NotEqual(Batches(plan, 0, 13), Batches(plan, 13, 26));
    }

    [Fact]
    public void A_fraction_is_gone_through_pass_after_pass()
    {
        // 30 texts in batches of 8: a pass is 4 steps.
        FractionPlan plan = Plan(Entropy with { Select = Selection.Highest }, "passes");
        int[][] batches = Batches(plan, 0, 12);
        for (int pass = 0; pass < 3; pass++)
            Assert.Equal(30, batches[(4 * pass)..(4 * pass + 4)].SelectMany(batch => batch).Distinct().Count());
        Assert.Equal(30, batches.SelectMany(batch => batch).Distinct().Count());
        Assert.NotEqual(batches[..4], batches[4..8]);
    }

    [Fact]
    public void A_plan_goes_on_as_it_would_have_where_passes_hold_more_and_fewer_labelled_texts()
    {
        // Of the chosen some have no label, so that as many fewer stand beside them: 76 to 90 texts in batches of 8.
        FractionationOptions options = Entropy with { Unchosen = Unchosen.Label, SampleTemperature = 5 };
        FractionPlan whole = Partly(options);
        int[][] expected = Batches(whole, 0, Steps);
        Assert.All(Enumerable.Range(0, Steps), step => Assert.InRange(expected[step].Length, 1, Loop.BatchSize));
        for (int cut = 1; cut < Steps; cut++)
        {
            FractionPlan resumed = Partly(options), other = Partly(options);
            Assert.Equal(expected[cut..], Batches(resumed, cut, Steps));
            Batches(other, 0, cut + 1);
            FractionPlan anew = Partly(options);
            anew.Batch(At(cut));
            Assert.Equal(Enumerable.Range(0, 100).Where(other.IsChosen), Enumerable.Range(0, 100).Where(anew.IsChosen));
        }
    }

    [Fact]
    public void Labelled_texts_that_are_not_chosen_are_seen_as_often_beside_the_others()
    {
        FractionationOptions options = Entropy with { Select = Selection.Highest, Unchosen = Unchosen.Label };
        FractionPlan plan = Partly(options);
        int[] rows = [];
        plan.Chosen += fraction => rows = fraction.Rows;
        plan.Batch(At(0));
        int unlabelled = rows.Count(row => row >= 80), all = 80 + unlabelled, pass = (all + Loop.BatchSize - 1) / Loop.BatchSize;
        Assert.InRange(unlabelled, 1, 19);
        for (int k = 0; k < 3; k++)
        {
            int[] seen = [.. Batches(plan, k * pass, (k + 1) * pass).SelectMany(batch => batch).Order()];
            Assert.Equal(Enumerable.Range(0, 80).Concat(rows.Where(row => row >= 80)), seen);
        }
        Assert.Equal(rows, Enumerable.Range(0, 100).Where(plan.IsChosen));
    }

    [Fact]
    public void Rounds_keep_what_was_chosen_and_tell_what_is_wanted_before_it_is_learnt_from()
    {
        var chosen = new List<Fraction>();
        var wanted = new List<int[]>();
        FractionPlan plan = Plan(All["rounds of uncertainty"], "rounds");
        plan.Chosen += chosen.Add;
        plan.Wanted += wanted.Add;
        int[][] batches = Batches(plan, 0, Steps);
        Assert.Equal([10, 20, 30], chosen.Select(fraction => fraction.Rows.Length));
        Assert.Equal([0, 11, 22], chosen.Select(fraction => fraction.Step));
        Assert.Subset(chosen[1].Rows.ToHashSet(), chosen[0].Rows.ToHashSet());
        Assert.Subset(chosen[2].Rows.ToHashSet(), chosen[1].Rows.ToHashSet());
        Assert.Equal(chosen.Select(fraction => fraction.Rows), wanted);
        Assert.Equal(chosen[2].Rows, batches.SelectMany(batch => batch).Distinct().Order());
        // What comes in is what the student is least sure of, of the rest.
        double[] uncertainty = chosen[1].Scores[Score.Uncertainty];
        Assert.Equal(Enumerable.Range(0, 100).Except(chosen[0].Rows).OrderByDescending(row => uncertainty[row]).Take(10).Order(), chosen[1].Rows.Except(chosen[0].Rows).Order());
    }

    [Fact]
    public void Sample_draws_other_texts_for_every_pass()
    {
        int[][] batches = Batches(Plan(Entropy, "sample"), 0, 8);
        HashSet<int> first = [.. batches[..4].SelectMany(batch => batch)], second = [.. batches[4..].SelectMany(batch => batch)];
        Assert.Equal((30, 30), (first.Count, second.Count));
        Assert.False(first.SetEquals(second));
    }

    [Theory]
    [InlineData(ClassBalance.Inverse, 0.5)]
    // √20 / (√20 + √80).
    [InlineData(ClassBalance.SquareRoot, 1 / 3.0)]
    [InlineData(ClassBalance.Prior, 0.7)]
    public void Classes_are_seen_as_often_as_the_balance_says(ClassBalance balance, double share)
    {
        FractionPlan plan = Plan(new FractionationOptions { ClassBalance = balance, ClassPrior = [0.3, 0.7] }, "balance");
        for (int pass = 0; pass < 3; pass++)
        {
            int[] seen = [.. Batches(plan, 13 * pass, 13 * pass + 13).SelectMany(batch => batch)];
            Assert.Equal(100, seen.Length);
            Assert.InRange(seen.Count(row => Classes[row] == 1), Math.Floor(share * 100 - 1e-9), Math.Ceiling(share * 100 + 1e-9));
        }
    }

    [Fact]
    public void Scores_choose_by_the_teachers_entropy()
    {
        Fraction? first = null;
        FractionPlan plan = Plan(Entropy with { Select = Selection.Highest }, "entropy");
        plan.Chosen += fraction => first ??= fraction;
        plan.Batch(At(0));
        double[] entropy = Fractions.Of(Entropy, Classes).Scores[Score.Entropy];
        Assert.Equal(Enumerable.Range(0, 100).OrderByDescending(row => entropy[row]).Take(30).Order(), first!.Rows);
        Assert.Equal(entropy, first.Scores[Score.Entropy]);
    }

    [Theory]
    [InlineData(ScoreCombination.RankMean)]
    [InlineData(ScoreCombination.Product)]
    [InlineData(ScoreCombination.FilterThenWeight)]
    public void Several_scores_become_one(ScoreCombination combine)
    {
        Fraction? first = null;
        var options = Entropy with { Scores = [Score.Entropy, Score.Random], Combine = combine, Select = Selection.Highest };
        FractionPlan plan = Plan(options, "several");
        plan.Chosen += fraction => first ??= fraction;
        plan.Batch(At(0));
        double[] one = Ranks.Of(first!.Scores[Score.Entropy], 3), other = Ranks.Of(first.Scores[Score.Random], 3);
        Func<int, double> combined = combine switch
        {
            ScoreCombination.RankMean => row => one[row] + other[row],
            ScoreCombination.Product => row => one[row] * other[row],
            _ => row => one[row],
        };
        Assert.Equal(Enumerable.Range(0, 100).OrderByDescending(combined).Take(30).Select(combined).Sum(), first.Rows.Select(combined).Sum(), 1e-9);
        bool weighs = combine == ScoreCombination.FilterThenWeight;
        double mean = first.Rows.Average(row => other[row]);
        for (int k = 0; k < 30; k++)
            Assert.Equal(weighs ? other[first.Rows[k]] / mean : 1, first.Weights[k], 1e-9);
    }

    [Fact]
    public void The_control_of_a_score_that_follows_the_student_is_drawn_as_often_as_the_score_is_made()
    {
        FractionationOptions divergence = All["divergence"], control = divergence.AtRandom();
        Assert.Equal([Score.RandomAnew], control.Scores);
        Assert.Equal([Score.Random], Entropy.AtRandom().Scores);
        var chosen = new List<Fraction>();
        FractionPlan plan = Plan(control, "control");
        plan.Chosen += chosen.Add;
        Batches(plan, 0, Steps);
        Assert.Equal(Plan(divergence, "divergence").Starts, chosen.Select(fraction => fraction.Step));
        Assert.Equal(chosen.Count, chosen.Select(fraction => string.Join(' ', fraction.Rows)).Distinct().Count());
    }

    [Fact]
    public void The_random_control_has_other_texts_for_another_seed()
    {
        FractionationOptions control = (Entropy with { Select = Selection.Highest, Scores = [Score.Margin, Score.Entropy], Combine = ScoreCombination.Product }).AtRandom();
        Assert.Equal([Score.Random], control.Scores);
        int[] one = First(control, 1), other = First(control, 2);
        Assert.Equal(one, First(control, 1));
        Assert.NotEqual(one, other);
        Assert.InRange(one.Intersect(other).Count(), 1, 20);

        int[] First(FractionationOptions options, int seed)
        {
            int[] rows = [];
            FractionPlan plan = Plan(options, "control", Loop with { Seed = seed });
            plan.Chosen += fraction => rows = fraction.Rows;
            plan.Batch(At(0));
            return rows;
        }
    }

    [Theory]
    [InlineData(Score.Divergence, 1)]
    [InlineData(Score.Variability, 2)]
    [InlineData(Score.Forgetting, 2)]
    public void Till_the_student_has_been_looked_at_often_enough_texts_are_chosen_by_chance(Score score, int known)
    {
        var chosen = new List<Fraction>();
        FractionPlan plan = Plan(Entropy with { Scores = [score], Select = Selection.Highest }, "chance");
        plan.Chosen += chosen.Add;
        Batches(plan, 0, Steps);
        Assert.Equal(Enumerable.Range(0, 4).Select(choice => choice >= known), chosen.Select(fraction => fraction.Scores.Count == 1));
        for (int choice = known; choice < 4; choice++)
        {
            double[] scores = chosen[choice].Scores[score];
            double lowest = chosen[choice].Rows.Min(row => scores[row]);
            Assert.All(Enumerable.Range(0, 100).Except(chosen[choice].Rows), row => Assert.True(scores[row] <= lowest));
        }
    }

    [Theory]
    [InlineData(Schedule.Constant, 0.01, 0.01, "fraction", "a fraction of 0.01 of 100 texts is 1, and there are 2 classes: expected at least a text for each; choose a larger fraction, or bring more texts")]
    [InlineData(Schedule.Stages, 0.001, 1, "stage_fractions", "a stage with a fraction of 0.01 of 100 texts is 1, and there are 2 classes: expected at least a text for each; choose larger fractions for the stages, or bring more texts")]
    [InlineData(Schedule.Rounds, 0.04, 1, "rounds", "the first of 3 rounds with a fraction of 0.013333 of 100 texts is 1, and there are 2 classes: expected at least a text for each; choose fewer rounds or a larger fraction, or bring more texts")]
    [InlineData(Schedule.Linear, 0.5, 0.01, "first_fraction", "a first fraction of 0.01 of 100 texts is 1, and there are 2 classes: expected at least a text for each; choose a larger first fraction, or bring more texts")]
    [InlineData(Schedule.Cosine, 0.01, 1, "fraction", "a fraction of 0.01 of 100 texts is 1, and")]
    public void A_fraction_of_fewer_texts_than_classes_is_refused_before_the_training(Schedule schedule, double fraction, double first, string key, string message)
    {
        var options = Entropy with { Schedule = schedule, Fraction = fraction, FirstFraction = first, StageFractions = [0.5, 0.01, 1], Rounds = 3 };
        var error = Assert.Throws<UsageException>(() => Plan(options, "few"));
        Assert.Equal($"fractionation.{key}", error.Key);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Plan(options with { Fraction = 0.06, FirstFraction = 0.5, StageFractions = [0.5, 0.02, 1] }, "enough");
    }

    [Fact]
    public void A_score_that_is_not_a_number_is_told_with_its_text_and_a_cure()
    {
        double[] scores = [.. Enumerable.Range(0, 100).Select(row => row == 40 ? double.NaN : row)];
        FractionationOptions options = Entropy with { Scores = [Score.Entropy, Score.Likeness] };
        FractionTexts texts = FractionTexts.Of(options, Fractions.Corpus(Classes), Fractions.Teacher(Classes),
            new FractionGivens(new Dictionary<Score, double[]> { [Score.Likeness] = scores }, null, null), TestContext.Current.CancellationToken);
        var plan = new FractionPlan(options, texts, Texts, Lengths, Loop, _ => throw new InvalidOperationException("no score is of the student"), "", TestContext.Current.CancellationToken);
        var error = Assert.Throws<RetortException>(() => plan.Batch(At(0)));
        Assert.Equal("the likeness of text 40 of the transfer set, 'text 40', is not a number: expected finite answers and states of the teacher; "
            + "fine-tune it with a lower teacher.learning_rate, or bring another", error.Message);
    }

    /// <summary>Of texts of which the last 20 have no label.</summary>
    private static FractionPlan Partly(FractionationOptions options) => new(options, FractionTexts.Of(options, Fractions.Corpus(Classes[..80]), Fractions.Teacher(Classes)), Texts, Lengths, Loop,
        _ => throw new InvalidOperationException("no score is of the student"), "", TestContext.Current.CancellationToken);

    private FractionPlan Plan(FractionationOptions options, string folder, TrainingOptions? loop = null)
    {
        FractionPlan? plan = null;
        // A student that says something else at every look, and that is asked before a choice alone.
        LogitTable Said(int[] rows)
        {
            int look = plan!.Starts.ToList().IndexOf(_asked);
            Assert.True(look > 0, $"asked before step {_asked}");
            return RandomTables.Logits(50 + look, 100, 2).Choose(rows);
        }
        return plan = new FractionPlan(options, Fractions.Of(options, Classes), Texts, Lengths, loop ?? Loop, Said, _folder[folder], TestContext.Current.CancellationToken);
    }

    private int[][] Batches(FractionPlan plan, int from, int to)
    {
        var batches = new int[to - from][];
        for (int step = from; step < to; step++)
        {
            _asked = step;
            batches[step - from] = plan.Batch(At(step));
        }
        return batches;
    }

    /// <summary>A training after so many steps, with a look at dev behind every epoch.</summary>
    private static TrainingState At(int step) => TrainingState.Start with
    {
        Step = step,
        History = [.. new[] { 0.6, 0.7, 0.65 }.Select((agreement, epoch) => new Look(13 * epoch + 13, new DevScores(0.5, 0.5, agreement))).Where(look => look.Step <= step)],
    };

    private void Checkpoint(string folder, int step)
    {
        Directory.CreateDirectory(_folder[folder]);
        File.WriteAllText(_folder[$"{folder}/checkpoint-{step}.safetensors"], "");
    }
}
