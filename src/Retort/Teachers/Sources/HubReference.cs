using System.Text.RegularExpressions;
using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>A model on the hub: <c>hf:ORG/NAME[@REVISION]</c>.</summary>
/// <param name="Repository">ORG/NAME, or NAME for a model without an organization.</param>
/// <param name="Revision">A branch, a tag, a commit, or a reference such as <c>refs/pr/1</c>.</param>
internal sealed partial record HubReference(string Repository, string Revision)
{
    public const string Scheme = "hf:";

    private const string DefaultRevision = "main";

    /// <summary>Whether the revision can never move.</summary>
    public bool IsCommit => IsCommitHash(Revision);

    /// <exception cref="UsageException">The text is not of the form.</exception>
    public static HubReference Parse(string source)
    {
        string[] parts = source[Scheme.Length..].Split('@', 2);
        string revision = parts.Length == 2 ? parts[1] : DefaultRevision;
        if (!IsRepository(parts[0]))
        {
            throw new UsageException($"'{source}' does not name a model on the hub: expected hf:ORG/NAME or "
                + "hf:ORG/NAME@REVISION, such as hf:google-bert/bert-base-uncased");
        }
        if (!RevisionPattern().IsMatch(revision) || revision.Contains("..", StringComparison.Ordinal))
            throw new UsageException($"'{source}': '{revision}' is not a branch, a tag or a commit");
        return new HubReference(parts[0], revision);
    }

    public static bool IsRepository(string text) =>
        RepositoryPattern().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal);

    public static bool IsCommitHash(string text) => CommitPattern().IsMatch(text);

    public override string ToString() => $"{Scheme}{Repository}@{Revision}";

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.-]*(?:/[A-Za-z0-9][A-Za-z0-9_.-]*)?\\z")]
    private static partial Regex RepositoryPattern();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_./-]*\\z")]
    private static partial Regex RevisionPattern();

    [GeneratedRegex("^[0-9a-f]{40}\\z")]
    private static partial Regex CommitPattern();
}
