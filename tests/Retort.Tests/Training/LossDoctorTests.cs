using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Training;

public sealed class LossDoctorTests
{
    [Fact]
    public void Gradients_are_those_of_each_term_by_its_weight_on_what_is_shared()
    {
        using var scope = NewDisposeScope();
        Tensor a = tensor(new float[] { 1, 2 }).requires_grad_(), b = tensor(new float[] { 3 }).requires_grad_(), own = tensor(5f).requires_grad_();
        LossTerm[] terms =
        [
            new("first", 1, 3 * a[0] + 4 * a[1] + b.sum() * 0),
            new("second", 2, -3 * a[0] + own * 100),
            new("third", 1, b.sum() * 7),
            new("none", 0.5, own * own),
        ];
        IReadOnlyList<TermGradient> gradients = LossDoctor.Examine(terms, [a, b]);
        Assert.Equal(["first", "second", "third", "none"], gradients.Select(term => term.Name));
        Assert.Equal([5, 6, 7, 0], gradients.Select(term => Math.Round(term.Norm, 5)));
        Assert.Null(gradients[0].Cosine);
        Assert.Equal(-0.6, gradients[1].Cosine!.Value, 1e-6);
        Assert.Equal(0, gradients[2].Cosine!.Value, 1e-6);
        Assert.Null(gradients[3].Cosine);
        // Nothing is added to the gradients that the step goes by, and the terms can still be added up.
        Assert.Null(a.grad);
        (terms[0].Value + terms[1].Value).backward();
        Assert.Equal([0, 4], a.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_dead_and_a_dominating_term_are_told_of_once()
    {
        var doctor = new LossDoctor();
        TermGradient[] terms = [new("soft_label", 1, null), new("hidden", 0.0005, 0.3)];
        Assert.Empty(doctor.Advise([new("soft_label", 1, null), new("hidden", 0.0002, 0.3)]));
        Assert.Empty(doctor.Advise([new("soft_label", 1, null), new("hidden", 0.0008, 0.3)]));
        Assert.Equal(
        [
            "the term soft_label dominates: its gradient is 2000 times that of all others together; lower its weight, or raise theirs",
            "the term hidden is dead: its gradient is 0.0005 of all gradients; raise its weight, or leave it out",
        ], doctor.Advise(terms));
        Assert.Empty(doctor.Advise(terms));
        var other = new LossDoctor();
        for (int look = 0; look < 5; look++)
            Assert.Empty(other.Advise([new("soft_label", 1, null), new("hidden", 0.101, 0.3)]));
    }

    [Fact]
    public void What_is_told_by_a_look_is_not_told_again_after_it()
    {
        var look = new Look(1, new DevScores(0.5, 0.5, 0.5)) { Advice = ["a"] };
        Assert.Equal(["b"], LossDoctor.After([look]).Once(["a", "b"]));
        var doctor = new LossDoctor();
        Assert.Equal(["a"], doctor.Once(["a", "a"]));
        Assert.Empty(doctor.Once(["a"]));
    }

    [Fact]
    public void A_term_that_works_against_the_first_is_told_of_after_three_looks()
    {
        var doctor = new LossDoctor();
        Assert.Empty(Look(-0.9));
        Assert.Empty(Look(0.9));
        Assert.Empty(Look(-0.2));
        // Of the last three: −0.1666…
        Assert.Equal(["the term hidden works against soft_label: the cosine of their gradients is -0.17; lower its weight, or leave it out"], Look(-1.2));
        Assert.Empty(Look(-0.9));

        IReadOnlyList<string> Look(double cosine) => doctor.Advise([new("soft_label", 1, null), new("hidden", 1, cosine)]);
    }
}
