namespace Retort.Cli;

/// <summary>Words as a line that a shell reads back to the same words.</summary>
internal static class ShellLine
{
    private const string Plain = "-_./=:,@+%[]";

    /// <summary>A word with blanks or other special characters stands in single quotes.</summary>
    public static string Of(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    // Brackets stay: a list of seeds matches no file, and so means itself.
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
