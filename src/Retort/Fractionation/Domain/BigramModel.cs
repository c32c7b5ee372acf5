using System.Runtime.InteropServices;
using Retort.Runs;

namespace Retort.Fractionation.Domain;

/// <summary>
/// A bigram model of token ids with interpolated Witten–Bell smoothing (Witten and Bell 1991, "The zero-frequency
/// problem"; the recursion as in Chen and Goodman 1998, TR-10-98): with c(h, w) the count of w behind h and t(h) the
/// number of different tokens seen behind h, P(w | h) = (c(h, w) + t(h) P(w)) / (c(h) + t(h)); P(w) is the same one order
/// lower, over the uniform 1 / V. Every token of the vocabulary has a probability above 0, and they sum to 1.
/// </summary>
/// <remarks>
/// A text starts behind a mark that only stands as a context, and ends with a mark that only is predicted: V is one more
/// than the vocabulary. It is all counts, so that a text can be taken out again: what remains is the model of the others.
/// </remarks>
internal sealed class BigramModel
{
    private readonly Dictionary<ulong, int> _pairs = [];
    private readonly long[] _contexts;
    private readonly int[] _followers;
    private readonly long[] _tokens;
    private readonly int _mark;
    private long _total;
    private int _types;

    /// <param name="vocabulary">How many token ids there are, at least 1.</param>
    public BigramModel(int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        _mark = vocabulary;
        (_contexts, _followers, _tokens) = (new long[vocabulary + 1], new int[vocabulary + 1], new long[vocabulary + 1]);
    }

    /// <summary>The mark of the start, as a context, and of the end, as a token.</summary>
    public int Mark => _mark;

    public void Add(ReadOnlySpan<int> text) => Count(text, 1);

    /// <summary>Takes out a text that was added.</summary>
    public void Remove(ReadOnlySpan<int> text) => Count(text, -1);

    /// <summary>P(token | context). Safe to ask from several threads while nothing is added or removed.</summary>
    public double Probability(int context, int token)
    {
        double single = Interpolate(_tokens[token], _types, _total, 1.0 / _tokens.Length);
        return Interpolate(_pairs.GetValueOrDefault(Key(context, token)), _followers[context], _contexts[context], single);
    }

    /// <summary>Nats per token, the end of the text counted as one.</summary>
    public double CrossEntropy(ReadOnlySpan<int> text)
    {
        double sum = 0;
        int context = _mark;
        foreach (int token in text)
        {
            sum -= Math.Log(Probability(context, token));
            context = token;
        }
        return (sum - Math.Log(Probability(context, _mark))) / (text.Length + 1);
    }

    /// <summary>The cross-entropy of a text that was added under the model of all others: exact leave-one-out.</summary>
    public double CrossEntropyWithout(ReadOnlySpan<int> text)
    {
        Remove(text);
        double entropy = CrossEntropy(text);
        Add(text);
        return entropy;
    }

    /// <exception cref="RetortException">A token is not of the vocabulary.</exception>
    public void Require(ReadOnlySpan<int> text, string name, int row)
    {
        foreach (int token in text)
        {
            if ((uint)token >= (uint)_mark)
                throw new RetortException($"text {row} of the {name} has the token {token}: expected 0 to {_mark - 1}; encode source and target with the same vocabulary");
        }
    }

    // With nothing counted, what is one order lower is all there is.
    private static double Interpolate(long count, int types, long total, double lower) =>
        total == 0 ? lower : (count + types * lower) / (total + types);

    private void Count(ReadOnlySpan<int> text, int change)
    {
        int context = _mark;
        foreach (int token in text)
        {
            Count(context, token, change);
            context = token;
        }
        Count(context, _mark, change);
    }

    private void Count(int context, int token, int change)
    {
        ref int pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, Key(context, token), out _);
        _followers[context] += Seen(pair + change) - Seen(pair);
        _types += Seen(_tokens[token] + change) - Seen(_tokens[token]);
        pair += change;
        _tokens[token] += change;
        _contexts[context] += change;
        _total += change;
    }

    private static int Seen(long count) => count > 0 ? 1 : 0;

    // Not the two halves of a number: their hash would be one xor the other, which thousands of pairs share.
    private ulong Key(int context, int token) => (ulong)context * (ulong)_tokens.Length + (ulong)token;
}
