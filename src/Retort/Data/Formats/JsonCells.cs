using System.Text.Json;

namespace Retort.Data.Formats;

/// <summary>Flattens JSON objects, one at a time, into rows of cells: <c>{"p": {"good": 1}}</c> becomes <c>p:good</c>.</summary>
internal sealed class JsonCells
{
    private readonly List<string> _names = [], _cells = [];
    private string[] _last = [];

    /// <summary>Reads an object; null, or what is wrong with it.</summary>
    public string? Read(ReadOnlyMemory<byte> json, long line, out CellRow row)
    {
        row = default;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, JsonlFormat.Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return "not a JSON object; expected one a line";
            _names.Clear();
            _cells.Clear();
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                Add(property.Name, property.Value);
        }
        catch (JsonException e)
        {
            return json.IsEmpty ? "an empty line; delete it" : $"not a JSON object (wrong at position {e.BytePositionInLine + 1}); expected one a line";
        }
        catch (InvalidOperationException)
        {
            return "an escape \\uD800–\\uDFFF without its other half; write the whole character";
        }
        if (!_names.SequenceEqual(_last))
            _last = [.. _names];
        row = new CellRow(line, _last, _cells.ToArray());
        return null;
    }

    private void Add(string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject())
                    Add($"{name}:{property.Name}", property.Value);
                return;
            case JsonValueKind.Array:
                int item = 0;
                foreach (JsonElement element in value.EnumerateArray())
                    Add($"{name}_{item++}", element);
                return;
            default:
                _names.Add(name);
                _cells.Add(value.ValueKind switch
                {
                    JsonValueKind.String => value.GetString()!,
                    JsonValueKind.Null => "",
                    _ => value.GetRawText(),
                });
                return;
        }
    }
}
