namespace Retort.Runs;

/// <summary>
/// Marks a text option as the path of a file or folder: a recipe resolves it against its own folder and expands
/// environment variables in it.
/// </summary>
/// <param name="words">Values that are not paths: whole words, or prefixes that end with a colon (<c>hf:</c>).</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathValueAttribute(params string[] words) : Attribute
{
    public IReadOnlyList<string> Words { get; } = words;

    /// <summary>Whether a value names a path; an empty value does not.</summary>
    public bool IsPath(string value) =>
        value.Length > 0 && !Words.Any(word => word.EndsWith(':') ? value.StartsWith(word, StringComparison.Ordinal) : value == word);
}
