using Retort.Distillation;
using Retort.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation;

public sealed class TermWeightingTests
{
    [Fact]
    public void Fixed_weights_stay()
    {
        using var scope = NewDisposeScope();
        using var weighting = new TermWeighting(TermWeights.Fixed, CPU);
        LossTerm[] terms = [new("soft_label", 1, tensor(2f)), new("hidden", 0.5, tensor(4f))];
        Assert.Same(terms, weighting.Of(terms, []));
        Assert.Empty(weighting.parameters());
    }

    [Fact]
    public void A_learnt_variance_divides_its_term_and_adds_its_logarithm()
    {
        using var scope = NewDisposeScope();
        using var weighting = new TermWeighting(TermWeights.Uncertainty, CPU);
        Parameter variances = weighting.parameters().Single();
        using (no_grad())
            variances.copy_(tensor(new float[] { 0.5f, 9, 9, -1, 9, 9 }));
        IReadOnlyList<LossTerm> terms = weighting.Of([new("soft_label", 1, tensor(2f)), new("hidden", 0.5, tensor(4f))], []);
        Assert.Equal(["soft_label 1", "hidden 0.5", "log_variance 1"], terms.Select(term => FormattableString.Invariant($"{term.Name} {term.Weight}")));
        Assert.Equal([2 * Math.Exp(-0.5), 2 * Math.E, 0.5 - 0.5 * 1], terms.Select(term => term.Weighted().ToDouble()), (a, b) => Math.Abs(a - b) < 1e-5);
        terms.Select(term => term.Weighted()).Aggregate((a, b) => a + b).backward();
        double[] expected = [1 - 2 * Math.Exp(-0.5), 0, 0, 0.5 - 2 * Math.E, 0, 0];
        Assert.Equal(expected, variances.grad!.data<float>().Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void A_batch_that_has_no_part_in_a_term_says_nothing_of_its_variance()
    {
        using var scope = NewDisposeScope();
        using var weighting = new TermWeighting(TermWeights.Uncertainty, CPU);
        LossTerm empty = new("hard_label", 1, tensor(0f)) { IsEmpty = true };
        IReadOnlyList<LossTerm> terms = weighting.Of([new("soft_label", 1, tensor(2f)), empty], []);
        Assert.Same(empty, terms[1]);
        terms.Select(term => term.Weighted()).Aggregate((a, b) => a + b).backward();
        Assert.Equal([-1, 0, 0, 0, 0, 0], weighting.parameters().Single().grad!.data<float>().ToArray());
        Assert.Equal([empty], weighting.Of([empty], []));
    }

    [Fact]
    public void A_term_counts_by_the_cosine_of_its_gradient_to_the_first()
    {
        using var scope = NewDisposeScope();
        using var weighting = new TermWeighting(TermWeights.GradientCosine, CPU);
        Tensor shared = tensor(new float[] { 1, 1 }).requires_grad_();
        LossTerm[] terms = [new("soft_label", 2, 3 * shared[0]), new("hard_label", 0.5, 4 * shared[0] + 3 * shared[1]), new("hidden", 1, -shared[0])];
        Assert.Equal([2, 0.4, 0], weighting.Of(terms, [shared]).Select(term => Math.Round(term.Weight, 6)));
        Assert.Same(terms[0], weighting.Of([terms[0]], [shared])[0]);
        // Of gradients it is told how large they are by these weights, and which way they pointed.
        Assert.Equal([6, 2, 0], LossDoctor.Examine(weighting.Of(terms, [shared]), [shared]).Select(term => Math.Round(term.Norm, 6)));
        Assert.Equal([-1], LossDoctor.Examine(weighting.Of(terms, [shared]), [shared]).Skip(2).Select(term => Math.Round(term.Cosine!.Value, 6)));
    }

    [Fact]
    public void Gradients_become_equally_large_and_larger_for_a_term_that_falls_behind()
    {
        using var scope = NewDisposeScope();
        using var weighting = new TermWeighting(TermWeights.GradientNorm, CPU);
        Tensor shared = tensor(new float[] { 1, 1 }).requires_grad_();
        LossTerm[] terms = [new("soft_label", 1, 3 * shared[0]), new("hidden", 2, 0.5 * shared[1])];
        LossTerm empty = new("hard_label", 1, 0 * shared[0]) { IsEmpty = true };
        // Of norms 3 and 1 the mean is 2, and both are where they began: a 20th of the way there, by the logarithm.
        double[] moved = [Math.Pow(2.0 / 3, 0.05), Math.Pow(2, 0.05)];
        Assert.Equal([moved[0] / moved.Average(), 2 * moved[1] / moved.Average()], weighting.Of(terms, [shared]).Select(term => term.Weight), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal([0.5, 1, 3], After(400, [terms[0], empty, terms[1]]).Select(term => Math.Round(term.Weight, 3)));
        // A batch that has no part in one leaves what it counts by as it is, and the others' sum.
        LossTerm third = new("attention", 1, 9 * shared[0]);
        IReadOnlyList<LossTerm> all = After(400, [terms[0], third, terms[1]]), less = After(1, [terms[0], third with { IsEmpty = true }, terms[1]]);
        Assert.Equal(all[1].Weight, less[1].Weight, 6);
        Assert.Equal(all[0].Weight + all[2].Weight / 2, less[0].Weight + less[2].Weight / 2, 5);
        Assert.True(all[1].Weight < 0.3, $"{all[1].Weight}");
        // The first has gone down to a third, the second not at all: its gradient is to be three times as large.
        IReadOnlyList<LossTerm> later = After(400, [terms[0] with { Value = shared[0] }, terms[1]]);
        IReadOnlyList<TermGradient> gradients = LossDoctor.Examine(later, [shared]);
        Assert.Equal(3, gradients[1].Norm / gradients[0].Norm, 2);
        Assert.Equal(["factors", "first_values"], weighting.named_buffers().Select(buffer => buffer.name));

        IReadOnlyList<LossTerm> After(int steps, LossTerm[] of)
        {
            IReadOnlyList<LossTerm> last = of;
            for (int step = 0; step < steps; step++)
                last = weighting.Of(of, [shared]);
            return last;
        }
    }
}
