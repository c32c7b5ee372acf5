using Retort.Runs;
using Retort.Transfer.Augmentation;
using static TorchSharp.torch;

namespace Retort.Tests.Transfer.Augmentation;

public sealed class NeighboursTests
{
    /// <summary>More words than a block, against all cosines in double precision.</summary>
    [Fact]
    public void The_nearest_by_cosine_are_found()
    {
        const int count = 600, width = 5, wanted = 4;
        var random = new SeededRandom(3);
        double[][] rows = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, width).Select(_ => random.Share() - 0.5).ToArray())];
        string[] words = [.. Enumerable.Range(0, count).Select(k => $"w{k}")];
        using var space = new WordSpace(words, tensor(rows.SelectMany(row => row.Select(x => (float)(7 * x))).ToArray(), [count, width]));
        Neighbours found = Neighbours.Find([space], wanted);
        Assert.Equal(count, found.Count);
        for (int k = 0; k < count; k++)
        {
            double[] cosines = [.. rows.Select(other => Cosine(rows[k], other))];
            double least = cosines.Where((_, j) => j != k).OrderDescending().ElementAt(wanted - 1);
            IReadOnlyList<string> near = found.Of(words[k]);
            Assert.Equal(wanted, near.Distinct().Count());
            Assert.DoesNotContain(words[k], near);
            Assert.All(near, word => Assert.True(cosines[Array.IndexOf(words, word)] >= least - 1e-5));
        }
    }

    [Fact]
    public void A_word_that_is_not_among_them_and_one_alone_have_none()
    {
        using var space = new WordSpace(["one"], ones(1, 3));
        Assert.Equal(0, Neighbours.Find([space], 12).Count);
        Assert.Empty(Neighbours.None.Of("one"));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var space = new WordSpace([.. Enumerable.Range(0, 20).Select(k => $"w{k}")], rand(20, 3));
        using var scope = NewDisposeScope();
        Neighbours.Find([space], 2);
        Assert.Equal(0, scope.DisposablesCount);
    }

    private static double Cosine(double[] a, double[] b) =>
        a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => y * y));
}
