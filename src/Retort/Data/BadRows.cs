using Retort.Runs;

namespace Retort.Data;

/// <summary>A row of a data file.</summary>
/// <param name="File">The file's path as it was given.</param>
/// <param name="Line">The physical line on which the row starts, from 1; of a Parquet file the row, from 1.</param>
public sealed record Place(string File, long Line)
{
    public override string ToString() =>
        $"{File}, {(File.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) ? "row" : "line")} {Line}";
}

/// <summary>A row that could not be read.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Reason">What was found, what was expected, and the cure.</param>
public sealed record BadRow(Place Place, string Reason)
{
    public override string ToString() => $"{Place}: {Reason}";
}

/// <summary>Counts the rows that cannot be read and lists the first of them.</summary>
public sealed class BadRows
{
    /// <summary>Bad rows beyond this are counted, not listed.</summary>
    public const int ListedAtMost = 100;

    private const int ShownAtMost = 5;
    private readonly List<BadRow> _listed = [];
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Count { get; private set; }

    /// <summary>The first <see cref="ListedAtMost"/>, in the order they were read.</summary>
    public IReadOnlyList<BadRow> Listed => _listed;

    /// <summary>How many stand in one file.</summary>
    public long CountIn(string file) => _counts.GetValueOrDefault(file);

    public void Add(string file, long line, string reason)
    {
        Count++;
        _counts[file] = CountIn(file) + 1;
        if (_listed.Count < ListedAtMost)
            _listed.Add(new BadRow(new Place(file, line), reason));
    }

    /// <summary>What to say of a file none of whose rows can be used.</summary>
    internal string AllBad(string file)
    {
        BadRow? first = _listed.Find(b => b.Place.File == file);
        return $"{file}: none of its rows can be used; {CountIn(file)} are bad"
            + (first is null ? "." : $", the first: {first}.");
    }

    /// <summary>Stops the job if there is a bad row.</summary>
    /// <exception cref="RetortException">Names the first bad rows and their cure.</exception>
    public void ThrowIfAny()
    {
        if (Count == 0)
            return;
        string shown = string.Join(Environment.NewLine, _listed.Take(ShownAtMost));
        string more = Count > ShownAtMost ? $"{Environment.NewLine}… and {Count - ShownAtMost} more bad rows." : "";
        throw new RetortException(
            $"{shown}{more}{Environment.NewLine}Correct the file, or leave such rows out with --skip-bad-rows.");
    }
}
