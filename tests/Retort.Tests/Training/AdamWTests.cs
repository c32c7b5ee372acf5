using Retort.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = Retort.Training.AdamW;

namespace Retort.Tests.Training;

public sealed class AdamWTests
{
    [Fact]
    public void First_step_moves_each_weight_by_the_learning_rate_and_the_decay()
    {
        using var scope = NewDisposeScope();
        Parameter weight = Row(1, -2);
        using var optimizer = new AdamW([new ParameterGroup([("w", weight)], LearningRate: 0.1, WeightDecay: 0.5)]);

        (weight * tensor(new float[] { 3, -7 })).sum().backward();
        optimizer.ClipGradients(0);
        optimizer.Step(1);

        // Both moments are corrected for their start at 0: the move is the gradient's sign times the rate.
        Assert.Equal(1 * (1 - 0.05) - 0.1, weight.data<float>()[0], 1e-6);
        Assert.Equal(-2 * (1 - 0.05) + 0.1, weight.data<float>()[1], 1e-6);
    }

    [Fact]
    public void Second_step_follows_the_published_rule()
    {
        using var scope = NewDisposeScope();
        Parameter weight = Row(1);
        using var optimizer = new AdamW([new ParameterGroup([("w", weight)], LearningRate: 0.1, WeightDecay: 0)]);
        double expected = 1, first = 0, second = 0;
        for (int step = 1; step <= 5; step++)
        {
            (weight * weight * step).sum().backward();
            double gradient = 2 * expected * step;
            optimizer.ClipGradients(0);
            optimizer.Step(0.5);

            first = 0.9 * first + 0.1 * gradient;
            second = 0.999 * second + 0.001 * gradient * gradient;
            expected -= 0.05 * (first / (1 - Math.Pow(0.9, step)))
                / (Math.Sqrt(second / (1 - Math.Pow(0.999, step))) + 1e-8);
            Assert.Equal(expected, weight.ToDouble(), 1e-5);
        }
    }

    [Fact]
    public void Rows_used_at_every_step_move_as_under_the_dense_rule()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        using Embedding dense = nn.Embedding(6, 3), sparse = nn.Embedding(6, 3, sparse: true);
        using (no_grad())
            sparse.weight!.copy_(dense.weight!);
        using AdamW forDense = Optimizer(dense, GradientScale.Dense), forSparse = Optimizer(sparse, GradientScale.Row);
        // Row 2 stands twice: its gradients must add up. Rows 1 and 4 are not used.
        using Tensor ids = tensor(new long[] { 0, 2, 3, 2, 5 });
        for (int step = 0; step < 4; step++)
        {
            foreach ((Embedding table, AdamW optimizer) in new[] { (dense, forDense), (sparse, forSparse) })
            {
                (table.call(ids) * tensor(new float[] { 1, -2, 3 })).square().sum().backward();
                Assert.True(optimizer.ClipGradients(2) > 2);
                optimizer.Step(1 - step * 0.2);
            }
        }
        foreach (int row in new[] { 0, 2, 3, 5 })
            Assert.True(dense.weight![row].allclose(sparse.weight![row], 0, 1e-6), $"row {row}");
    }

    [Fact]
    public void Rows_that_no_batch_used_neither_move_nor_decay()
    {
        using var scope = NewDisposeScope();
        using Embedding table = nn.Embedding(4, 2, sparse: true);
        using AdamW optimizer = Optimizer(table, GradientScale.Row);
        using Tensor before = table.weight!.detach().clone();
        table.call(tensor(new long[] { 1 })).sum().backward();
        optimizer.ClipGradients(0);
        optimizer.Step(1);

        Assert.True(table.weight![0].equal(before[0]).all().item<bool>());
        Assert.False(table.weight![1].equal(before[1]).any().item<bool>());
    }

    [Fact]
    public void Rows_of_a_table_are_scaled_alike()
    {
        using var scope = NewDisposeScope();
        using Embedding table = nn.Embedding(4, 1, sparse: true);
        using AdamW optimizer = Optimizer(table, GradientScale.Table);
        using (no_grad())
            table.weight!.fill_(1);
        // Gradients of 4 and 3: a mean square of 12.5, which of the first step alone is taken as it is.
        Step([0, 1], [4, 3]);
        double decayed = 1 - 0.1 * 0.01;
        Assert.Equal(decayed - 0.1 * 4 / Math.Sqrt(12.5), Value(0), 1e-6);
        Assert.Equal(decayed - 0.1 * 3 / Math.Sqrt(12.5), Value(1), 1e-6);
        // Then one of 1: of the two mean squares the older counts 0.999 times as much.
        double before = Value(0);
        Step([0], [1]);
        Assert.Equal(decayed * before - 0.1 / Math.Sqrt((0.999 * 12.5 + 1) / 1.999), Value(0), 1e-6);
        // No row, no step.
        before = Value(0);
        Step([], []);
        Assert.Equal(before, Value(0));
        Step([2], [1]);
        Assert.Equal(decayed - 0.1 / Math.Sqrt((0.999 * (0.999 * 12.5 + 1) + 1) / (0.999 * 1.999 + 1)), Value(2), 1e-6);
        Assert.Equal(1, Value(3));

        double Value(int row) => table.weight![row].ToDouble();

        void Step(long[] rows, float[] gradients)
        {
            (table.call(tensor(rows)) * tensor(gradients, [rows.Length, 1])).sum().backward();
            optimizer.ClipGradients(0);
            optimizer.Step(1);
        }
    }

    [Fact]
    public void Clipping_scales_all_gradients_to_the_largest_norm()
    {
        using var scope = NewDisposeScope();
        Parameter a = Row(0), b = Row(0);
        using var optimizer = new AdamW([new ParameterGroup([("a", a), ("b", b)], 1, 0)]);
        (3 * a + 4 * b).sum().backward();
        Assert.Equal(5, optimizer.ClipGradients(1), 1e-6);
        Assert.Equal(0.6, a.grad!.ToDouble(), 1e-6);
        Assert.Equal(0.8, b.grad!.ToDouble(), 1e-6);
    }

    private static AdamW Optimizer(Embedding table, GradientScale scale) =>
        new([new ParameterGroup([("table", table.weight!)], LearningRate: 0.1, WeightDecay: 0.01, scale)]);

    private static Parameter Row(params float[] values) => new(tensor(values));
}
