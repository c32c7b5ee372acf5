using Retort.Data;
using Retort.Distillation;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Runs;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation;

public sealed class ObjectiveTests
{
    // Two labelled texts of classes 0 and 1, then two unlabelled ones.
    private static readonly float[] TeacherRows = [2, 0, -1, 1, 0.5f, 0.5f, 3, -3];

    private static readonly DistillationOptions Both = new() { SoftLabelWeight = 0.75, HardLabelWeight = 0.25 };

    [Fact]
    public void A_student_without_teacher_learns_from_the_labels_alone_whatever_the_weights()
    {
        using var scope = NewDisposeScope();
        var objective = new Objective(new DistillationOptions(), new TransferSet(Labelled(), ["c", "d"], null), null, CPU);
        LossTerm term = Assert.Single(objective.Terms(Logits(1, -1, 0, 0), [0, 1]));
        Assert.Equal(("hard_label", 1.0), (term.Name, term.Weight));
        Assert.Equal((Nll(1, -1, 0) + Nll(0, 0, 1)) / 2, term.Value.ToDouble(), 1e-6);
    }

    [Theory]
    [InlineData(1, 0, "soft_label 1")]
    [InlineData(0, 2, "hard_label 2")]
    [InlineData(0.75, 0.25, "soft_label 0.75, hard_label 0.25")]
    public void Only_terms_with_a_weight_are_computed(double soft, double hard, string expected)
    {
        using var scope = NewDisposeScope();
        IReadOnlyList<LossTerm> terms = With(Both with { SoftLabelWeight = soft, HardLabelWeight = hard })
            .Terms(Logits(1, -1, 0, 0), [0, 1]);
        Assert.Equal(expected, string.Join(", ", terms.Select(term => FormattableString.Invariant($"{term.Name} {term.Weight}"))));
    }

    [Fact]
    public void Logit_matching_is_the_mean_of_the_squared_differences()
    {
        using var scope = NewDisposeScope();
        Tensor value = With(Both).Terms(Logits(1, -1, 0, 0), [3, 0])[0].Value;
        Assert.Equal((4 + 4 + 4 + 0) / 4.0, value.ToDouble(), 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Kl_is_taken_at_the_temperature_and_scaled_by_its_square(double temperature)
    {
        using var scope = NewDisposeScope();
        var options = Both with { SoftLabelLoss = SoftLabelLoss.Kl, Temperature = temperature };
        double value = With(options).Terms(Logits(1, -1, 0, 0), [0, 3])[0].Value.ToDouble();
        double expected = temperature * temperature *
            (Kl(2 / temperature, 2 / temperature) + Kl(6 / temperature, 0)) / 2;
        Assert.Equal(expected, value, 1e-5);
    }

    [Theory]
    [InlineData(SampleTemperature.Teacher)]
    [InlineData(SampleTemperature.Student)]
    public void A_text_is_distilled_at_the_higher_a_temperature_the_surer_one_is_of_it(SampleTemperature whose)
    {
        using var scope = NewDisposeScope();
        var options = Both with { SoftLabelLoss = SoftLabelLoss.Kl, Temperature = 4, SampleTemperature = whose };
        // Row 2, of which the teacher has no idea, and row 0.
        double value = With(options).Terms(Logits(3, 0, 0, 0), [2, 0])[0].Value.ToDouble();
        double sure = 2 / (1 + Math.Exp(whose == SampleTemperature.Teacher ? -2 : -3)) - 1;
        (double first, double second) = whose == SampleTemperature.Teacher ? (1.0, 1 + 3 * sure) : (1 + 3 * sure, 1.0);
        Assert.Equal((first * first * Kl(0, 3 / first) + second * second * Kl(2 / second, 0)) / 2, value, 1e-5);
    }

    [Fact]
    public void No_gradient_flows_through_a_temperature_that_follows_the_student()
    {
        using var scope = NewDisposeScope();
        var options = Both with { SoftLabelLoss = SoftLabelLoss.Kl, Temperature = 4, SampleTemperature = SampleTemperature.Student };
        Tensor logits = Logits(3, 0).requires_grad_();
        With(options).Terms(logits, [0])[0].Value.backward();
        // Of T² · KL at a T that stands still: T · (student − teacher), both at T. The teacher's logits are 2 and 0.
        double temperature = 1 + 3 * (2 * Sigmoid(3) - 1);
        double expected = temperature * (Sigmoid(3 / temperature) - Sigmoid(2 / temperature));
        Assert.Equal([expected, -expected], logits.grad!.data<float>().ToArray().Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-5);

        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
    }

    [Fact]
    public void A_text_weighs_by_the_entropy_of_the_students_answer()
    {
        using var scope = NewDisposeScope();
        Tensor logits = Logits(3, 0, 0, 0).requires_grad_();
        Tensor value = With(Both with { SampleWeight = SampleWeight.Uncertainty }).Terms(logits, [0, 1])[0].Value;
        double sure = Entropy(3), unsure = Math.Log(2), mean = (sure + unsure) / 2;
        Assert.Equal((sure / mean * (1 + 0) / 2 + unsure / mean * (1 + 1) / 2) / 2, value.ToDouble(), 1e-6);
        value.backward();
        // None through the weight: of (student − teacher)² / 2 by it alone, over the two texts.
        Assert.Equal(sure / mean * 1 / 2, logits.grad![0, 0].ToDouble(), 1e-6);

        static double Entropy(double logit)
        {
            double p = 1 / (1 + Math.Exp(-logit));
            return -p * Math.Log(p) - (1 - p) * Math.Log(1 - p);
        }
    }

    [Fact]
    public void Texts_of_which_the_student_is_certain_weigh_nothing()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, With(Both with { SampleWeight = SampleWeight.Uncertainty }).Terms(Logits(500, -500, 500, -500), [0, 1])[0].Value.ToDouble(), 1e-6);
    }

    [Fact]
    public void Where_the_teacher_is_wrong_the_label_counts()
    {
        using var scope = NewDisposeScope();
        IReadOnlyList<LossTerm> terms = With(Both with { HardLabelWeight = 0, LabelMixing = LabelMixing.Correctness }).Terms(Logits(1, -1, 0, 0, 0, 0), [0, 1, 3]);
        Assert.Equal([("soft_label", 0.75), ("corrected_label", 0.75)], terms.Select(term => (term.Name, term.Weight)));
        // Both labelled texts have 1 / (1 + e⁻²) for the right class; the third has no label.
        double right = 1 / (1 + Math.Exp(-2));
        Assert.Equal((right * (1 + 1) / 2 + right * (1 + 1) / 2 + 9) / 3, terms[0].Value.ToDouble(), 1e-5);
        Assert.Equal((1 - right) * (Nll(1, -1, 0) + Nll(0, 0, 1)) / 3, terms[1].Value.ToDouble(), 1e-6);
    }

    [Fact]
    public void The_target_of_the_decoupled_term_is_the_label_and_without_one_the_teachers_class()
    {
        using var scope = NewDisposeScope();
        float[] teacher = [3, 0, -1, 0, 1, 2], student = [1, -1, 0, 0.5f, 0, 0];
        Corpus corpus = new("c", TaskKind.SingleLabel, new LabelSet(["x", "y", "z"]), [new Sample("a", 2)]);
        var options = new DistillationOptions { SoftLabelLoss = SoftLabelLoss.DecoupledKl, Temperature = 2, TargetWeight = 1, NonTargetWeight = 3 };
        double value = new Objective(options, new TransferSet(corpus, ["b"], new LogitTable(teacher, 3)), null, CPU).Terms(tensor(student, [2, 3]), [0, 1])[0].Value.ToDouble();
        double expected = Losses.DecoupledKlRows(tensor(student, [2, 3]), tensor(teacher, [2, 3]), tensor(new long[] { 2, 2 }), full(1, 1, 2), 1, 3).mean().ToDouble();
        Assert.Equal(expected, value, 1e-6);
        double standardized = new Objective(options with { SoftLabelLoss = SoftLabelLoss.Kl, StandardizeLogits = true }, new TransferSet(corpus, ["b"], new LogitTable(teacher, 3)), null, CPU)
            .Terms(tensor(student, [2, 3]) * 7 + 5, [0, 1])[0].Value.ToDouble();
        Assert.Equal(Losses.SoftLabelKl(Losses.Standardized(tensor(student, [2, 3])), Losses.Standardized(tensor(teacher, [2, 3])), 2).ToDouble(), standardized, 1e-5);
    }

    [Fact]
    public void Texts_that_the_teacher_is_not_learnt_from_are_learnt_by_their_labels_and_count_by_their_share()
    {
        using var scope = NewDisposeScope();
        Objective objective = With(Both);
        objective.IsTaught = row => row != 1;
        IReadOnlyList<LossTerm> terms = objective.Terms(Logits(1, -1, 0.5f, 1, 0, 0), [0, 1, 3]);
        Assert.Equal([("soft_label", 0.75), ("hard_label", 0.25), ("unchosen_label", 1)], terms.Select(term => (term.Name, term.Weight)));
        Assert.Equal(2 / 3.0 * (1 + 1 + 9 + 9) / 4, terms[0].Value.ToDouble(), 1e-6);
        Assert.Equal(2 / 3.0 * Nll(1, -1, 0), terms[1].Value.ToDouble(), 1e-6);
        Assert.Equal(1 / 3.0 * Nll(0.5, 1, 1), terms[2].Value.ToDouble(), 1e-6);

        // The teacher is not asked of the others.
        terms = objective.Terms(Logits(0.5f, 1), [1]);
        Assert.Equal([("soft_label", 0.75, 0, true), ("hard_label", 0.25, 0, true), ("unchosen_label", 1, Round(Nll(0.5, 1, 1)), false)], terms.Select(Told));
        terms = objective.Terms(Logits(0.5f, 1), [0]);
        Assert.Equal([("soft_label", 0.75, Round((1.5 * 1.5 + 1) / 2), false), ("hard_label", 0.25, Round(Nll(0.5, 1, 0)), false), ("unchosen_label", 1, 0, true)], terms.Select(Told));

        static (string, double, double, bool) Told(LossTerm term) => (term.Name, term.Weight, Round(term.Value.ToDouble()), term.IsEmpty);

        static double Round(double value) => Math.Round(value, 5);
    }

    [Theory]
    [InlineData(SoftLabelLoss.Kl)]
    [InlineData(SoftLabelLoss.Mse)]
    public void Of_several_labels_a_text_a_batch_without_one_of_the_teacher_has_a_soft_label_term_of_0(SoftLabelLoss loss)
    {
        using var scope = NewDisposeScope();
        var corpus = new Corpus("m", TaskKind.MultiLabel, new LabelSet(["x", "y"]), [new Sample("a", -1, [1, 1]), new Sample("b", -1, [0, 0])]);
        var objective = new Objective(Both with { SoftLabelLoss = loss }, new TransferSet(corpus, [], new LogitTable([2, 1, -1, -2], 2)), null, CPU) { IsTaught = _ => false };
        IReadOnlyList<LossTerm> terms = objective.Terms(Logits(2, 1, 0, 4), [0, 1]);
        Assert.Equal([("soft_label", 0.0, true), ("hard_label", 0.0, true)], terms.Take(2).Select(term => (term.Name, term.Value.ToDouble(), term.IsEmpty)));
        Assert.True(terms[2].Value.ToDouble() > 0);
    }

    [Fact]
    public void Terms_keep_their_names_where_a_batch_has_no_text_of_the_teacher()
    {
        using var scope = NewDisposeScope();
        Objective objective = With(Both with { LabelMixing = LabelMixing.Correctness });
        objective.IsTaught = row => row != 1;
        string[] names = ["soft_label", "corrected_label", "hard_label", "unchosen_label"];
        Assert.Equal(names, objective.Terms(Logits(1, -1, 0, 0), [0, 1]).Select(term => term.Name));
        Assert.Equal(names, objective.Terms(Logits(0, 0), [1]).Select(term => term.Name));
    }

    [Fact]
    public void The_hard_label_term_is_a_mean_over_the_labelled_rows_only()
    {
        using var scope = NewDisposeScope();
        double value = With(Both).Terms(Logits(9, -9, 0.5f, 1, 9, 9), [2, 1, 3])[1].Value.ToDouble();
        Assert.Equal(Nll(0.5, 1, 1), value, 1e-6);
    }

    [Fact]
    public void A_batch_without_labelled_rows_has_a_hard_label_term_of_0_and_a_finite_gradient()
    {
        using var scope = NewDisposeScope();
        Tensor logits = Logits(1, -1, 0, 0).requires_grad_();
        IReadOnlyList<LossTerm> terms = With(Both).Terms(logits, [2, 3]);
        Assert.Equal(0, terms[1].Value.ToDouble());
        (terms[0].Value * terms[0].Weight + terms[1].Value * terms[1].Weight).backward();
        // Of the soft-label term alone: 2 (student − teacher) / 4, by its weight.
        float[] expected = [0.75f * 0.25f, 0.75f * -0.75f, 0.75f * -1.5f, 0.75f * 1.5f];
        Assert.Equal(expected, logits.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Unlabelled_rows_get_no_gradient_from_the_hard_label_term()
    {
        using var scope = NewDisposeScope();
        Tensor logits = Logits(1, -1, 0, 0).requires_grad_();
        With(Both).Terms(logits, [2, 0])[1].Value.backward();
        float[] gradient = logits.grad!.data<float>().ToArray();
        Assert.Equal([0, 0], gradient[..2]);
        Assert.Equal([-0.5f, 0.5f], gradient[2..]);
    }

    [Theory]
    [InlineData(SoftLabelLoss.Kl)]
    [InlineData(SoftLabelLoss.Mse)]
    public void Several_labels_a_text_are_matched_class_by_class(SoftLabelLoss loss)
    {
        using var scope = NewDisposeScope();
        var corpus = new Corpus("m", TaskKind.MultiLabel, new LabelSet(["x", "y"]), [new Sample("a", -1, [1, 1]), new Sample("b", -1, [0, 0])]);
        var transfer = new TransferSet(corpus, ["c"], new LogitTable([2, 1, -1, -2, 0, 4], 2));
        var options = Both with { SoftLabelLoss = loss, Temperature = 2 };
        IReadOnlyList<LossTerm> terms = new Objective(options, transfer, null, CPU).Terms(Logits(2, 1, 0, 4), [0, 2]);
        // Cross-entropy is least, and not 0, where the student answers as the teacher: T² times the teacher's entropy.
        double least = loss == SoftLabelLoss.Mse ? 0 : 4 * (Entropy(1) + Entropy(0.5) + Entropy(0) + Entropy(2)) / 2;
        Assert.Equal(least, terms[0].Value.ToDouble(), 1e-5);
        double bce = Math.Log(1 + Math.Exp(-2)) + Math.Log(1 + Math.Exp(-1));
        // The hard label is a sum or a mean over the classes as the loss on its own is.
        double alone = Losses.MultiLabelHardLabel(Logits(2, 1), tensor(new float[] { 1, 1 }, [1, 2])).ToDouble();
        Assert.Equal(alone, terms[1].Value.ToDouble(), 1e-6);
        Assert.True(Math.Abs(alone - bce) < 1e-5 || Math.Abs(alone - bce / 2) < 1e-5, $"{alone} for {bce}");
        double apart = new Objective(options, transfer, null, CPU).Terms(Logits(-2, 1, 0, 4), [0, 2])[0].Value.ToDouble();
        Assert.True(apart > least + 0.1, $"{apart} against {least}");

        static double Entropy(double logit)
        {
            double p = 1 / (1 + Math.Exp(-logit));
            return -p * Math.Log(p) - (1 - p) * Math.Log(1 - p);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    public void Logits_are_adjusted_by_the_frequencies_of_the_classes_in_training(double strength)
    {
        using var scope = NewDisposeScope();
        // The label of the first text and the teacher's answers to the unlabelled ones are x: 3 of 4 texts.
        double x = strength * Math.Log(0.75), y = strength * Math.Log(0.25);
        IReadOnlyList<LossTerm> terms = Adjusted(Both, strength).Terms(Logits(1, -1, 0, 0), [3, 0]);
        Assert.Equal((Math.Pow(1 + x - 3, 2) + Math.Pow(-1 + y + 3, 2) + Math.Pow(x - 2, 2) + Math.Pow(y, 2)) / 4, terms[0].Value.ToDouble(), 1e-5);
        Assert.Equal(Nll(x, y, 0), terms[1].Value.ToDouble(), 1e-6);
        double kl = Adjusted(Both with { SoftLabelLoss = SoftLabelLoss.Kl, Temperature = 2 }, strength).Terms(Logits(1, -1), [3])[0].Value.ToDouble();
        Assert.Equal(4 * Kl(6 / 2.0, (2 + x - y) / 2), kl, 1e-5);

        static Objective Adjusted(DistillationOptions options, double strength)
        {
            var fractions = new FractionationOptions { LogitAdjustment = strength };
            var all = new TransferSet(Labelled(), ["c", "d"], new LogitTable(TeacherRows, 2));
            return new(options, new TransferSet(all, new FractionInput(fractions, FractionTexts.Of(fractions, all.Labelled, all.Teacher!), "none")), null, CPU);
        }
    }

    [Fact]
    public void Logits_of_other_texts_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new TransferSet(Labelled(), ["c"], new LogitTable(TeacherRows, 2)));
        Assert.Throws<ArgumentException>(() => new TransferSet(Labelled(), [], new LogitTable([1, 2, 3, 4, 5, 6], 3)));
        Assert.Equal(["a", "b"], new TransferSet(Labelled(), ["c"], null).Texts);
    }

    [Theory]
    [InlineData(0, 0, 2, "distillation.soft_label_weight")]
    [InlineData(-1, 1, 2, "distillation.soft_label_weight")]
    [InlineData(1, double.NaN, 2, "distillation.hard_label_weight")]
    [InlineData(1, 1, 0, "distillation.temperature")]
    public void Weights_and_temperature_out_of_range_are_refused(double soft, double hard, double temperature, string key)
    {
        var options = new DistillationOptions { SoftLabelWeight = soft, HardLabelWeight = hard, Temperature = temperature };
        Assert.Equal(key, Assert.Throws<UsageException>(options.Validate).Key);
    }

    private static Corpus Labelled() =>
        new("t", TaskKind.SingleLabel, new LabelSet(["x", "y"]), [new Sample("a", 0), new Sample("b", 1)]);

    private static Objective With(DistillationOptions options) =>
        new(options, new TransferSet(Labelled(), ["c", "d"], new LogitTable(TeacherRows, 2)), null, CPU);

    private static Tensor Logits(params float[] rows) => tensor(rows, [rows.Length / 2, 2]);

    private static double Nll(double first, double second, int target) =>
        Math.Log(Math.Exp(first) + Math.Exp(second)) - (target == 0 ? first : second);

    /// <summary>KL between two pairs of probabilities, by the differences of their logits.</summary>
    private static double Kl(double teacher, double student)
    {
        double p = 1 / (1 + Math.Exp(-teacher)), q = 1 / (1 + Math.Exp(-student));
        return p * Math.Log(p / q) + (1 - p) * Math.Log((1 - p) / (1 - q));
    }
}
