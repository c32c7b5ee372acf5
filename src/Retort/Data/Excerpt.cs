namespace Retort.Data;

/// <summary>Shortens what is quoted in messages.</summary>
internal static class Excerpt
{
    /// <summary>At most <paramref name="length"/> characters on one line, with … where something is left out.</summary>
    public static string Of(string text, int length = 60)
    {
        int end = Math.Min(text.Length, length);
        if (end < text.Length && end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        string line = string.Create(end, text, static (span, from) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(from[i]) ? ' ' : from[i];
        });
        return end < text.Length ? line + "…" : line;
    }
}
