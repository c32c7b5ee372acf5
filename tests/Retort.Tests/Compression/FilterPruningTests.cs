using Retort.Compression;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Compression;

public sealed class FilterPruningTests
{
    private static readonly double[][] Worth = [[5, 1, 4, 2], [9, 8, 7, 6]];

    public static TheoryData<Importance> Kinds => [.. Enum.GetValues<Importance>()];

    [Fact]
    public void The_least_important_go_among_all_or_window_by_window()
    {
        Assert.Equal<int[]>([[0, 2], [0, 1]], FilterPruning.Kept(Worth, 0.5, PruningScope.Window));
        Assert.Equal<int[]>([[0, 2], [0, 1, 2, 3]], FilterPruning.Kept(Worth, 0.25, PruningScope.Global));
        Assert.Equal<int[]>([[0, 1, 2, 3], [0, 1, 2, 3]], FilterPruning.Kept(Worth, 0, PruningScope.Global));
    }

    [Fact]
    public void A_rate_that_leaves_a_window_without_filters_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => FilterPruning.Kept(Worth, 0.5, PruningScope.Global));
        Assert.Contains("of 4 filters the first window would have none left", error.Message, StringComparison.Ordinal);
        Assert.Equal("compression.pruning", error.Key);
        Assert.Contains("or compression.scope window", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("scope", Assert.Throws<UsageException>(() => FilterPruning.Kept(Worth, 0.95, PruningScope.Window)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.9, 1, 1, true)]
    [InlineData(0.8, 1, 1, false)]
    // Three members have 12 filters a window; of 4 the last one goes in the last of two rounds.
    [InlineData(0.9, 1, 3, false)]
    [InlineData(0.9, 2, 1, true)]
    public void A_rate_that_leaves_every_window_without_filters_is_refused_with_the_recipe(double rate, int rounds, int members, bool isRefused)
    {
        var recipe = new Recipe
        {
            Student = new StudentOptions { Filters = 4 },
            Distillation = new() { Members = members },
            Compression = new() { Apply = true, Gates = false, Scope = PruningScope.Window, Pruning = rate, Rounds = rounds, Epochs = rounds },
        };
        if (isRefused)
        {
            var error = Assert.Throws<UsageException>(recipe.Validate);
            Assert.Equal("compression.pruning", error.Key);
            Assert.Equal("a pruning rate of 0.9 (compression.pruning): of 4 filters each window would have none left; expected less", error.Message);
            // With gates less may pass, and without compression nothing goes.
            recipe = recipe with { Compression = recipe.Compression with { Gates = true } };
        }
        recipe.Validate();
    }

    [Fact]
    public void Shapes_shrink_and_what_nobody_reads_is_not_missed()
    {
        using var scope = NewDisposeScope();
        StudentShape shape = MadeFolded.Small;
        FoldedStudent student = MadeFolded.Student(shape);
        int[][] kept = [[0, 3, 5], [1], [0, 1, 2, 4]];
        float[] reader = [.. student["classifier.weight"]];
        for (int row = 0; row < shape.Classes; row++)
        {
            for (int k = 0; k < shape.Windows.Count; k++)
            {
                foreach (int filter in Enumerable.Range(0, shape.Filters[k]).Except(kept[k]))
                {
                    reader[row * shape.PooledWidth + shape.MapStart(k) + filter] = 0;
                    reader[row * shape.PooledWidth + shape.MapWidth + shape.MapStart(k) + filter] = 0;
                }
            }
        }
        student = student.With(shape, ("classifier.weight", reader));
        FoldedStudent pruned = FilterPruning.Apply(student, kept);
        Assert.Equal(new FilterCounts(3, 1, 4), pruned.Shape.Filters);
        Assert.Equal(3 * 2 * 1 * 8, pruned[StudentShape.ConvolutionWeight(1)].Length);
        float[] before = Logits(student), after = Logits(pruned);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(before[k], after[k], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_filter_without_weights_is_the_first_to_go(Importance kind)
    {
        using var scope = NewDisposeScope();
        StudentShape shape = MadeFolded.Small;
        FoldedStudent student = MadeFolded.Student(shape);
        string name = StudentShape.ConvolutionWeight(2);
        float[] weights = [.. student[name]], biases = [.. student[StudentShape.ConvolutionBias(2)]];
        foreach (int channel in new[] { 1, 1 + 3 })
        {
            weights.AsSpan(channel * 2 * 8, 2 * 8).Clear();
            biases[channel] = 0;
        }
        student = student.With(shape, (name, weights), (StudentShape.ConvolutionBias(2), biases));
        TokenUse use = TokenUse.Of(student, MadeFolded.Texts, default);
        double[][] importance = FilterImportance.Of(kind, student, use, () => new(Logits(student), 3));
        Assert.Equal([6, 3, 5], importance.Select(window => window.Length));
        Assert.Equal(importance.SelectMany(window => window).Min(), importance[1][1]);
        Assert.True(importance[1][1] < importance[1][0] || importance[1][1] < importance[1][2]);
        Assert.True(importance.SelectMany(window => window).Distinct().Count() > 5);
    }

    [Fact]
    public void Magnitudes_are_of_values_and_gates_in_units_of_their_window()
    {
        StudentShape shape = MadeFolded.Small with { Windows = [1, 2], Filters = 2, EmbeddingWidth = 2 };
        float[] narrow = [1, -3, 0, 0, 2, 2, 0, 4], wide = [.. narrow.Chunk(2).SelectMany(channel => (float[])[100 * channel[0], 0, 0, 100 * channel[1]])];
        FoldedStudent student = MadeFolded.Student(shape).With(shape, (StudentShape.ConvolutionWeight(1), narrow), (StudentShape.ConvolutionWeight(2), wide));
        TokenUse use = TokenUse.Of(student, MadeFolded.Texts, default);
        double[][] sums = FilterImportance.Of(Importance.L1, student, use, () => new([], 3)), norms = FilterImportance.Of(Importance.L2, student, use, () => new([], 3));
        foreach (double[] window in sums)
            AssertClose([8 / Math.Sqrt(40), 4 / Math.Sqrt(40)], window);
        foreach (double[] window in norms)
            AssertClose([Math.Sqrt(18) / Math.Sqrt(17), 4 / Math.Sqrt(17)], window);

        static void AssertClose(double[] expected, double[] actual) => Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void What_other_filters_can_say_instead_the_last_layer_learns_to_hear()
    {
        using var scope = NewDisposeScope();
        StudentShape shape = MadeFolded.Small with { Pooling = Pooling.Max };
        FoldedStudent student = MadeFolded.Student(shape);
        // Filter 1 of window 2 is filter 0 once more.
        string weight = StudentShape.ConvolutionWeight(2), bias = StudentShape.ConvolutionBias(2);
        float[] weights = [.. student[weight]], biases = [.. student[bias]];
        foreach (int part in new[] { 0, 3 })
        {
            weights.AsSpan(part * 16, 16).CopyTo(weights.AsSpan((part + 1) * 16));
            biases[part + 1] = biases[part];
        }
        student = student.With(shape, (weight, weights), (bias, biases));
        FoldedStudent pruned = FilterPruning.Apply(student, [[0, 1, 2, 3, 4, 5], [0, 2], [0, 1, 2, 3, 4]]);
        string[] texts = [.. Enumerable.Range(0, 400).Select(k => MadeFolded.Text(k, 2 + k % 9))];
        int[][] ids = student.Encoder().EncodeAll(texts);
        double lost = Distance(student, pruned, texts);
        double fitted = Distance(student, Reconstruction.Fit(Reconstruction.Outputs(student, ids), pruned, ids), texts);
        Assert.True(lost > 0.05, $"{lost}");
        Assert.True(fitted < lost / 20, $"{fitted} of {lost}");
        Assert.InRange(Distance(student, Reconstruction.Fit(Reconstruction.Outputs(student, ids), student, ids), texts), 0, 1e-4);
    }

    private static double Distance(FoldedStudent a, FoldedStudent b, string[] texts)
    {
        using Student one = a.ToStudent(CPU), other = b.ToStudent(CPU);
        return one.Logits(texts).Values.Zip(other.Logits(texts).Values, (x, y) => Math.Abs((double)x - y)).Average();
    }

    private static float[] Logits(FoldedStudent student)
    {
        using Student computing = student.ToStudent(CPU);
        return computing.Logits(MadeFolded.Texts).Values;
    }
}
