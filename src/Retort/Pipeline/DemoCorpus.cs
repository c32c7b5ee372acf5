using System.Text;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>What was written for the demo.</summary>
/// <param name="Labels">The classes, sorted.</param>
/// <param name="Train">Rows of train.tsv.</param>
/// <param name="Dev">Rows of dev.tsv.</param>
/// <param name="Test">Rows of test.tsv.</param>
/// <param name="Transfer">Texts of transfer.tsv.</param>
/// <param name="Sources">The folders of documentation that the texts come from.</param>
public sealed record DemoCorpusResult(
    IReadOnlyList<string> Labels, int Train, int Dev, int Test, int Transfer, IReadOnlyList<string> Sources);

/// <summary>
/// The corpus of <c>retort demo</c>: the sentence that documents a member of .NET's API is the text, the area of its
/// namespace the label. Made from what every .NET SDK carries, so that the demo needs no data file.
/// </summary>
/// <remarks>
/// A text is the first sentence of a summary with 4 to 100 words, in English, without left-over markup. Texts that are
/// equal but for case and blanks are one; one that stands in two areas is left out, and so is one that spells out a
/// namespace of the list, which would give the class away. The words of an area ("Gets the XML …") stay: they are what
/// there is to learn. Overloads have similar sentences that may fall on both sides of the split, so scores on this corpus
/// say how Retort works, not how hard the task is.
/// </remarks>
public static class DemoCorpus
{
    private const int FewestWords = 4, MostWords = 100;

    /// <summary>
    /// Writes train.tsv, dev.tsv and test.tsv (columns text and label), labels.txt, and transfer.tsv (column text):
    /// some of the texts that are left over, without their labels. The same SDK version, options and seed give the same bytes.
    /// </summary>
    /// <exception cref="RetortException">There is no SDK, or it has fewer texts than are asked for.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static DemoCorpusResult Write(string folder, DemoOptions options, CancellationToken cancellation = default) =>
        Write(folder, options, DotnetPacks.DocumentationFolders(DotnetPacks.Roots()), cancellation);

    internal static DemoCorpusResult Write(string folder, DemoOptions options, IReadOnlyList<string> sources,
        CancellationToken cancellation)
    {
        options.Validate();
        (string Text, string Area)[] rows = Collect(sources, cancellation);
        if (rows.Length < options.Rows)
            throw new RetortException($"The API documentation in {string.Join(" and ", sources)} has {rows.Length} usable texts, "
                + $"and {options.Rows} rows were asked for; ask for fewer, or install the .NET SDK (10.0).");
        new SeededRandom(options.Seed).Shuffle<(string, string)>(rows);
        int test = (int)(options.Rows * options.TestFraction), dev = (int)(options.Rows * options.DevFraction);
        string[] labels = rows.Select(row => row.Area).Distinct().Order(StringComparer.Ordinal).ToArray();
        AtomicFile.WriteText(Path.Combine(folder, "labels.txt"), string.Concat(labels.Select(label => label + "\n")));
        WriteRows(Path.Combine(folder, "test.tsv"), rows.AsSpan(0, test));
        WriteRows(Path.Combine(folder, "dev.tsv"), rows.AsSpan(test, dev));
        WriteRows(Path.Combine(folder, "train.tsv"), rows.AsSpan((test + dev)..options.Rows));
        string[] transfer = rows.Skip(options.Rows).Take(options.Transfer).Select(row => row.Text).ToArray();
        AtomicFile.WriteText(Path.Combine(folder, "transfer.tsv"), "text\n" + string.Concat(transfer.Select(text => text + "\n")));
        return new DemoCorpusResult(labels, options.Rows - test - dev, dev, test, transfer.Length, sources);
    }

    /// <summary>Every usable text with its area, in ordinal order.</summary>
    internal static (string Text, string Area)[] Collect(IReadOnlyList<string> folders, CancellationToken cancellation)
    {
        var areas = new Dictionary<string, (string Text, string? Area)>(StringComparer.Ordinal);
        // The pack of ASP.NET Core holds copies of many files of the base pack.
        IEnumerable<string> files = folders
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.xml").Order(StringComparer.Ordinal))
            .DistinctBy(Path.GetFileName);
        foreach (string path in files)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach ((string member, string text) in ApiSummaries.Read(path, member => DemoAreas.Of(member) is not null))
            {
                string area = DemoAreas.Of(member)!, key = Key(text);
                if (!IsUsable(text))
                    continue;
                if (!areas.TryAdd(key, (text, area)) && areas[key].Area != area)
                    areas[key] = (text, null);
            }
        }
        return areas.Values.Where(row => row.Area is not null).Select(row => (row.Text, row.Area!))
            .OrderBy(row => row.Text, StringComparer.Ordinal).ToArray();
    }

    /// <summary>Whether a sentence is one that a class can be learnt from.</summary>
    internal static bool IsUsable(string text)
    {
        int words = text.Count(c => c == ' ') + 1;
        bool markup = text.Contains("</", StringComparison.Ordinal) || text.Contains("/>", StringComparison.Ordinal)
            || text.Contains("cref=", StringComparison.Ordinal);
        bool english = text.All(c => c < '\u0250' || !char.IsLetter(c));
        return words is >= FewestWords and <= MostWords && !markup && english && !text.Any(char.IsControl)
            && !DemoAreas.IsNamedIn(text);
    }

    // As the duplicate guard sees it: what is equal here would be a leak between train and test there.
    private static string Key(string text) => text.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    private static void WriteRows(string path, ReadOnlySpan<(string Text, string Area)> rows)
    {
        var text = new StringBuilder("text\tlabel\n");
        foreach ((string sentence, string area) in rows)
            text.Append(sentence).Append('\t').Append(area).Append('\n');
        AtomicFile.WriteText(path, text.ToString());
    }
}
