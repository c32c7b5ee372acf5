using System.Globalization;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Training;
using Retort.Tuning;
using Retort.Tuning.Plans;

namespace Retort.Tests.Tuning;

public sealed class PlanTests
{
    private static readonly Ranking Accuracy = new(DevMetric.Accuracy, null);

    [Theory]
    [InlineData(9, 3, "1,3,9")]
    [InlineData(10, 3, "1,3,10")]
    [InlineData(4, 3, "1,4")]
    [InlineData(1, 2, "1")]
    [InlineData(32, 4, "2,8,32")]
    public void Rungs_are_fewer_epochs_by_the_reduction(int epochs, int reduction, string rungs) =>
        Assert.Equal(rungs, string.Join(',', Halving.RungsBelow(epochs, reduction)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Halving_finds_the_best_of_a_known_function_with_a_third_going_on_each_time(int order)
    {
        // 27 with the recipe; the more epochs, the nearer is what is seen to what is true.
        SimulatedStudy study = Search(26, new Halving([1, 3, 9], 3), finalists: 1, seeds: [5], (number, _, epochs) => Quality(number) + (number % 2 == 0 ? 0.01 : -0.01) / epochs).Run(new Random(order));
        Assert.Equal([27, 9, 3], Enumerable.Range(0, 3).Select(rung => study.Trials.Count(trial => trial.Rung == rung && (rung == 0 || trial.Configuration > 0))));
        Assert.All(study.Trials, trial => Assert.Equal(new[] { 1, 3, 9 }[trial.Rung], trial.Epochs));
        Assert.Equal(17, Accuracy.Best(study.Trials.Where(trial => trial.Rung == 2)).First().Configuration);
        // The recipe is trained to the end, too, to be compared with.
        Assert.Contains(study.Trials, trial => trial is { Configuration: 0, Rung: 2 });
    }

    [Fact]
    public void A_trial_that_failed_goes_no_further_and_holds_nobody_up()
    {
        SimulatedStudy study = Search(8, new Halving([1, 3], 3), finalists: 1, seeds: [1], (number, _, _) => number == 8 ? null : Quality(number)).Run(new Random(1));
        Assert.Equal(3, study.Trials.Count(trial => trial is { Rung: 1, Configuration: > 0 }));
        Assert.DoesNotContain(study.Trials, trial => trial is { Rung: 1, Configuration: 8 });
    }

    [Fact]
    public void At_least_one_goes_on()
    {
        SimulatedStudy study = Search(1, new Halving([1, 4], 5), finalists: 1, seeds: [1], (number, _, _) => Quality(number)).Run(new Random(1));
        Assert.Contains(study.Trials, trial => trial is { Rung: 1, Configuration: 1 });
    }

    [Fact]
    public void The_best_and_the_recipe_are_trained_over_several_seeds_and_no_training_is_done_twice()
    {
        SimulatedStudy study = Search(10, null, finalists: 2, seeds: [4, 5, 6], (number, seed, _) => Quality(number) + seed * 1e-6).Run(new Random(1));
        Assert.Equal([4, 5, 6], Seeds(0));
        Assert.Equal([4, 5, 6], Seeds(10));
        Assert.Equal([4, 5, 6], Seeds(9));
        Assert.Equal([4], Seeds(8));
        Assert.Equal(11 + 3 * 2, study.Trials.Count);

        int[] Seeds(int configuration) => [.. study.Trials.Where(trial => trial.Configuration == configuration).Select(trial => trial.Seed).Order()];
    }

    [Fact]
    public void What_is_too_slow_is_no_finalist_while_something_fast_enough_is_there()
    {
        Trial fast = Done(1, 0.8, 5), slow = Done(2, 0.9, 50);
        Assert.Equal([2L, 1L], new Ranking(DevMetric.Accuracy, null).Best([fast, slow]).Select(trial => trial.Number));
        Assert.Equal([1L, 2L], new Ranking(DevMetric.Accuracy, 10).Best([fast, slow]).Select(trial => trial.Number));
    }

    [Fact]
    public void Of_equal_scores_the_lower_loss_is_the_better()
    {
        Trial one = Done(1, 0.8, 5), other = Done(2, 0.8, 5);
        other = other with { Figures = other.Figures! with { Loss = 0.01 } };
        Assert.Equal([2L, 1L], Accuracy.Best([one, other]).Select(trial => trial.Number));
    }

    [Fact]
    public void An_ablation_keeps_a_step_only_where_it_pays_by_more_than_the_standard_error()
    {
        AblationStep[] steps = [Step("+ transfer set", "transfer"), Step("+ fractionation", "fraction"), Step("+ intermediate layers", "hidden")];
        var plan = new AblationPlan(steps, labelled: true, [1, 2, 3], Accuracy);
        SimulatedStudy study = new SimulatedStudy(plan, (configuration, seed, _) =>
        {
            double spread = (seed - 2) * 0.01;
            bool On(string key) => configuration.Role == Role.Student && configuration.Changes.GetValueOrDefault(key) == "on";
            // The fraction gains less than the standard error of its difference, 0.0082.
            return 0.7 + spread + (configuration.Role == Role.Student ? 0.05 : 0) + (On("transfer") ? 0.03 : 0) + (On("fraction") ? 0.005 : 0) + (On("hidden") ? -0.02 : 0);
        }).Run(new Random(1));
        IReadOnlyList<AblationOutcome> taken = plan.Taken(study.Configurations, study.Trials);
        Assert.Equal(["no teacher", "+ soft labels", "+ transfer set", "+ fractionation", "+ intermediate layers"], taken.Select(step => step.Configuration.Name));
        Assert.Equal([true, true, true, false, false], taken.Select(step => step.Kept));
        Assert.Equal(15, study.Trials.Count);
        // A step that was not kept is off again in the next.
        Assert.Equal("fraction=off hidden=on transfer=on", string.Join(' ', taken[4].Configuration.Changes.Select(change => $"{change.Key}={change.Value}")));
        Assert.Equal(0.005, taken[3].Gain!.Difference, 9);
        Assert.Equal(Math.Sqrt(2 * 0.01 * 0.01 / 3), taken[3].Gain!.StandardError!.Value, 9);
        Assert.Equal(-0.02, taken[4].Gain!.Difference, 9);
    }

    [Theory]
    [InlineData("fine_tuned", "distillation.token_hidden_weight=1")]
    [InlineData("folder", "distillation.token_hidden_weight=1")]
    [InlineData("hf:ORG/NAME", "distillation.token_hidden_weight=1")]
    [InlineData("model.onnx", "distillation.hidden_weight=1 hidden.loss=cosine")]
    [InlineData("npm:name@1.0.0", "distillation.hidden_weight=1 hidden.loss=cosine")]
    [InlineData("file.tsv", null)]
    public void Where_a_teacher_can_be_looked_into_an_ablation_asks_for_the_states_of_its_tokens(string source, string? expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("model.onnx", "");
        folder.Write("vocab.txt", "");
        string place = source.Contains(':', StringComparison.Ordinal) || source == "fine_tuned" ? source : folder[source];
        var notes = new List<string>();
        AblationStep? step = AblationSteps.Of(new Recipe { Teacher = new() { Sources = [place] } }, notes.Add).SingleOrDefault(step => step.Name == "+ intermediate layers");
        Assert.Equal(expected, step is null ? null : string.Join(' ', step.On.Select(change => $"{change.Key}={change.Value}")));
        Assert.Contains(notes, note => note.StartsWith(step is null ? "the step + intermediate layers is left out: " : "the step + intermediate layers is by default distillation.", StringComparison.Ordinal));
    }

    [Fact]
    public void An_ablation_without_labels_begins_with_soft_labels_and_a_step_that_fails_is_not_kept()
    {
        var plan = new AblationPlan([Step("+ fractionation", "fraction")], labelled: false, [1], Accuracy);
        SimulatedStudy study = new SimulatedStudy(plan, (configuration, _, _) => configuration.Name == "+ fractionation" ? null : 0.5).Run(new Random(1));
        Assert.Equal([("soft labels", true), ("+ fractionation", false)], plan.Taken(study.Configurations, study.Trials).Select(step => (step.Configuration.Name, step.Kept)));
    }

    private static AblationStep Step(string name, string key) => new(name, Change(key, "off"), Change(key, "on"));

    private static SortedDictionary<string, string> Change(string key, string value) => new(StringComparer.Ordinal) { [key] = value };

    private static Trial Done(int number, double accuracy, double p50) =>
        new(number, number, 1, 0, 0, TrialState.Done) { Figures = new TrialFigures { Accuracy = accuracy, Loss = 0.5, P50 = p50 } };

    private static SimulatedStudy Search(int points, Halving? halving, int finalists, int[] seeds, Func<int, int, int, double?> score) =>
        new(new SearchPlan([.. Enumerable.Range(1, points).Select(k => Change("x", k.ToString(CultureInfo.InvariantCulture)))], seeds, finalists, Accuracy, halving),
            (configuration, seed, epochs) => score(configuration.Number, seed, epochs));

    // Up to 26 points best at 17; of 10 or fewer the last.
    private static double Quality(int number) => 0.9 - 0.02 * Math.Abs(number - 17);
}
