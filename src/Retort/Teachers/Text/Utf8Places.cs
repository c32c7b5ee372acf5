using System.Text;

namespace Retort.Teachers.Text;

/// <summary>Which characters the bytes of a text in UTF-8 belong to.</summary>
internal static class Utf8Places
{
    /// <summary>Of each byte, the index of the character that it belongs to, and behind them the text's length. A lone surrogate is written as U+FFFD.</summary>
    public static int[] Of(ReadOnlySpan<char> text)
    {
        var places = new List<int>(text.Length + 1);
        for (int k = 0; k < text.Length;)
        {
            Rune.DecodeFromUtf16(text[k..], out Rune rune, out int width);
            places.AddRange(Enumerable.Repeat(k, rune.Utf8SequenceLength));
            k += width;
        }
        places.Add(text.Length);
        return [.. places];
    }
}
