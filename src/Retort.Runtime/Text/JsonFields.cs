using System.Text.Json;

namespace Retort.Runtime.Text;

/// <summary>A JSON object whose fields are read by type, with messages that name the file and the place.</summary>
internal readonly record struct JsonFields
{
    private readonly string _place;

    public JsonFields(JsonElement element, string file, string place)
    {
        (Element, File, _place) = (element, file, place);
        if (element.ValueKind != JsonValueKind.Object)
            throw Error($"found {Describe(element)}; expected an object in braces");
    }

    public JsonElement Element { get; }

    public string File { get; }

    public static JsonDocument Open(string file, byte[] content)
    {
        TokenizerFiles.Decode(file, content);
        try
        {
            return JsonDocument.Parse(content);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}, line {e.LineNumber + 1}: not JSON; is the file whole? {e.Message}", e);
        }
    }

    public JsonFields Object(string name, string expected)
    {
        if (!Element.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            throw Error($"no {name}; expected {expected}");
        return new JsonFields(value, File, _place.Length > 0 ? $"{_place}.{name}" : name);
    }

    public string? Text(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Error($"{name} is {Describe(value)}; expected a text");

    public bool? Boolean(string name) => Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Error($"{name} is {Describe(value)}; expected true or false");

    public int? Integer(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
        : throw Error($"{name} is {Describe(value)}; expected a whole number");

    public void Require(string name, string expected, string cure)
    {
        if (Text(name) is var found && found != expected)
            throw Error($"{name} is {(found is null ? "absent" : $"\"{found}\"")}; expected \"{expected}\": {cure}");
    }

    public InvalidDataException Error(string message) =>
        new(_place.Length > 0 ? $"{File}, {_place}: {message}" : $"{File}: {message}");

    private JsonElement? Find(string name) =>
        Element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Describe(JsonElement element)
    {
        string text = element.GetRawText();
        return text.Length > 60 ? string.Concat(text.AsSpan(0, 60), "…") : text;
    }
}
