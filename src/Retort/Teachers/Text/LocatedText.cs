using System.Text;

namespace Retort.Teachers.Text;

/// <summary>A text that was rewritten, and where in the original each of its characters comes from. Grows at its end.</summary>
internal sealed class LocatedText
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _starts = [], _ends = [];

    public int Length => _text.Length;

    public char this[int index] => _text[index];

    /// <summary>Where in the original the character begins.</summary>
    public int Start(int index) => _starts[index];

    /// <summary>Where in the original the character ends.</summary>
    public int End(int index) => _ends[index];

    /// <summary>A text as it is, that begins at a place of the original.</summary>
    public static LocatedText Of(string text, int offset)
    {
        var located = new LocatedText();
        for (int k = 0; k < text.Length; k++)
            located.Append(text[k], offset + k, offset + k + 1);
        return located;
    }

    public void Append(char character, int start, int end)
    {
        _text.Append(character);
        _starts.Add(start);
        _ends.Add(end);
    }

    /// <summary>Appends what some characters of another text have become.</summary>
    /// <param name="text">Every character of it stands for all of these.</param>
    /// <param name="from">The other text.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    public void Append(string text, LocatedText from, int first, int count)
    {
        foreach (char character in text)
            Append(character, from.Start(first), from.End(first + count - 1));
    }

    /// <summary>The same places with other characters, one for one.</summary>
    public LocatedText With(string text)
    {
        var other = new LocatedText();
        for (int k = 0; k < text.Length; k++)
            other.Append(text[k], _starts[k], _ends[k]);
        return other;
    }

    public override string ToString() => _text.ToString();
}
