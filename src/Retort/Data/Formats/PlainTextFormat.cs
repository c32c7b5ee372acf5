namespace Retort.Data.Formats;

/// <summary>One text a line, without header or label.</summary>
internal sealed class PlainTextFormat : IRowFormat
{
    public IEnumerable<RawRow> Read(string path, DataOptions options, bool labelled, BadRows badRows)
    {
        using var lines = new LineReader(path);
        while (lines.Next())
        {
            if (lines.Problem is null)
                yield return new RawRow(lines.Number, lines.Line, null, false);
            else
                badRows.Add(path, lines.Number, lines.Problem);
        }
    }
}
