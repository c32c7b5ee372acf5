using System.Text.Json;

namespace Retort.Data.Formats;

/// <summary>
/// One JSON object a line. The text is a string; a label is a string, a number or a truth value, or an array of these
/// (multi-label). The names of the first object decide which columns are read.
/// </summary>
internal sealed class JsonlFormat : IRowFormat
{
    internal static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    public IEnumerable<RawRow> Read(string path, DataOptions options, bool labelled, BadRows badRows)
    {
        using var lines = new LineReader(path);
        (string Text, string? Label)? names = null;
        while (lines.Next())
        {
            string? problem = lines.Problem;
            using JsonDocument? document = problem is null ? Parse(lines, out problem) : null;
            RawRow? row = null;
            if (document is not null)
            {
                names ??= Names(path, document.RootElement, options, labelled);
                row = Row(lines.Number, document.RootElement, names.Value, options, out problem);
            }
            if (row is not null)
                yield return row.Value;
            else
                badRows.Add(path, lines.Number, problem!);
        }
    }

    private static JsonDocument? Parse(LineReader lines, out string? problem)
    {
        problem = lines.Line.Length == 0 ? "an empty line; delete it" : "not a JSON object; expected {\"text\": …} on one line";
        try
        {
            JsonDocument document = JsonDocument.Parse(lines.Bytes, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
        }
        catch (JsonException e)
        {
            if (lines.Line.Length > 0)
                problem += $" (wrong at position {e.BytePositionInLine + 1})";
        }
        return null;
    }

    private static (string Text, string? Label) Names(string path, JsonElement first, DataOptions options, bool labelled)
    {
        string[] names = first.EnumerateObject().Select(p => p.Name).ToArray();
        Columns columns = Columns.ByName(path, names, options, labelled, fromFirstLine: false);
        return (names[columns.Text], columns.Label < 0 ? null : names[columns.Label]);
    }

    private static RawRow? Row(
        long line, JsonElement row, (string Text, string? Label) names, DataOptions options, out string? problem)
    {
        problem = null;
        if (!row.TryGetProperty(names.Text, out JsonElement text))
            problem = $"there is no '{names.Text}'; every object needs one";
        else if (text.ValueKind != JsonValueKind.String)
            problem = $"'{names.Text}' is {Kind(text)}, expected a string";
        if (problem is not null || !TryString(text, out string content, out problem))
            return null;
        if (names.Label is null)
            return new RawRow(line, content, null, false);
        if (!row.TryGetProperty(names.Label, out JsonElement label))
            problem = $"there is no '{names.Label}'; every object needs one";
        else if (TryLabels(label, out string[] labels, out problem))
            return Columns.Labelled(line, content, labels, label.ValueKind == JsonValueKind.Array, options);
        return null;
    }

    private static bool TryLabels(JsonElement label, out string[] labels, out string? problem)
    {
        problem = null;
        JsonElement[] items = label.ValueKind == JsonValueKind.Array ? [.. label.EnumerateArray()] : [label];
        labels = new string[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null)
                problem = $"the label is {Kind(items[i])}, expected a name, an integer or a list of these";
            else if (items[i].ValueKind != JsonValueKind.String)
                labels[i] = items[i].GetRawText();
            else
                TryString(items[i], out labels[i], out problem);
            if (problem is not null)
                return false;
        }
        return true;
    }

    // An escape such as \ud83d alone is half of a character; JSON allows it, UTF-8 cannot hold it.
    private static bool TryString(JsonElement element, out string content, out string? problem)
    {
        (content, problem) = ("", null);
        try
        {
            content = element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            problem = "an escape \\uD800–\\uDFFF without its other half; write the whole character";
        }
        return problem is null;
    }

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "a truth value",
    };
}
