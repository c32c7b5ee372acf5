using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>Turns ranks into the texts of a pass. Pure: the same ranks, fraction, seed and pass give the same texts.</summary>
/// <param name="options">Which of the ranks, and the share of each class.</param>
/// <param name="classes">(texts) The class of each; read only where classes have quotas.</param>
/// <param name="staying">The texts that may be chosen, in ascending order; null: all.</param>
/// <param name="seed">Of what is drawn.</param>
internal sealed class Chooser(FractionationOptions options, IReadOnlyList<int> classes, int[]? staying, long seed)
{
    private const long Stream = 0x6368_6f6f_7365;

    /// <summary>How many of <paramref name="texts"/> a fraction is.</summary>
    public static int Size(double fraction, int texts) => (int)Math.Round(fraction * texts, MidpointRounding.AwayFromZero);

    /// <summary>The texts of a pass, in ascending order: exactly <see cref="Size"/> of them.</summary>
    /// <param name="ranks">(texts) From above 0 to below 1, none twice.</param>
    /// <param name="fraction">Which share.</param>
    /// <param name="pass">Only <see cref="Selection.Sample"/> draws anew for each.</param>
    /// <param name="kept">Texts that are among them whatever their ranks.</param>
    public int[] Rows(double[] ranks, double fraction, long pass, IReadOnlyCollection<int> kept)
    {
        int[] rows = staying ?? [.. Enumerable.Range(0, ranks.Length)];
        int size = Size(fraction, rows.Length);
        if (size == rows.Length)
            return rows;
        double[] keys = Keys(ranks, pass);
        foreach (int row in kept)
            keys[row] = double.PositiveInfinity;
        int[] chosen = options.ClassQuota == ClassQuota.None ? Largest(keys, rows, size) : WithinClasses(keys, rows, size);
        Array.Sort(chosen);
        return chosen;
    }

    private double[] Keys(double[] ranks, long pass)
    {
        var random = new SeededRandom(seed, Stream + pass);
        return Array.ConvertAll(ranks, rank => options.Select switch
        {
            Selection.Highest => rank,
            Selection.Lowest => -rank,
            Selection.Band => -Math.Abs(rank - options.BandCentre),
            // The k largest of log weight + Gumbel noise are k draws without replacement (Efraimidis and Spirakis 2006).
            _ => rank / options.SampleTemperature - Math.Log(-Math.Log(Math.Max(random.Share(), double.Epsilon))),
        });
    }

    private int[] WithinClasses(double[] keys, int[] rows, int size)
    {
        int[][] of = rows.GroupBy(row => classes[row]).OrderBy(group => group.Key).Select(group => group.ToArray()).ToArray();
        int[] counts = Array.ConvertAll(of, group => group.Length), kept = Array.ConvertAll(of, group => group.Count(row => double.IsPositiveInfinity(keys[row])));
        int[] shares = options.ClassQuota == ClassQuota.Equal ? Equal(counts, size) : Proportional(counts, kept, size);
        return [.. of.SelectMany((group, k) => Largest(keys, group, shares[k]))];
    }

    private static int[] Largest(double[] keys, int[] rows, int size)
    {
        int[] order = [.. rows];
        Array.Sort(order, (a, b) => keys[a] != keys[b] ? keys[b].CompareTo(keys[a]) : a.CompareTo(b));
        return order[..size];
    }

    /// <summary>
    /// Largest remainders, over at least a text of each class and what is kept of it: (classes) shares that sum to the size. Remainders alone
    /// would leave a rare class out, and take from a class in a larger fraction what it had in a smaller one.
    /// </summary>
    private static int[] Proportional(int[] counts, int[] kept, int size)
    {
        double all = counts.Sum(count => (long)count);
        int[] shares = [.. kept];
        var lacking = new PriorityQueue<int, (double, int)>();
        for (int k = 0; k < counts.Length; k++)
            lacking.Enqueue(k, Place(k));
        // A text at a time goes to the class that lacks most of its share: that is what largest remainders come to.
        for (int left = size - shares.Sum(); left > 0; left--)
        {
            int k = lacking.Dequeue();
            shares[k]++;
            lacking.Enqueue(k, Place(k));
        }
        return shares;

        (double, int) Place(int k) => (shares[k] == 0 ? double.NegativeInfinity : shares[k] - counts[k] / all * size, k);
    }

    /// <summary>What a class lacks is given to those that have more.</summary>
    private static int[] Equal(int[] counts, int size)
    {
        int[] shares = new int[counts.Length];
        int left = size, classes = counts.Length;
        foreach (int k in Enumerable.Range(0, counts.Length).OrderBy(k => counts[k]).ThenBy(k => k))
        {
            shares[k] = Math.Min(counts[k], left / classes);
            left -= shares[k];
            classes--;
        }
        return shares;
    }
}
