using System.Text;
using System.Text.Json;

namespace Retort.Server.Requests;

/// <summary>Reads JSON of requests token by token, so that nothing is allocated for texts and every refusal names its place.</summary>
internal static class JsonText
{
    // Of models, classes, outputs and ids; texts have limits of their own.
    private const int LongestName = 1024;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 16 };

    /// <summary>Reads bytes as JSON and tells what is wrong as a refusal.</summary>
    public static T Read<T>(ReadOnlySpan<byte> body, Reading<T> read)
    {
        var reader = new Utf8JsonReader(body, Options);
        try
        {
            reader.Read();
            T value = read(ref reader);
            if (reader.Read())
                throw ProblemException.Bad(ProblemCode.InvalidJson, "there is more behind the first JSON value: expected one");
            return value;
        }
        catch (JsonException e)
        {
            throw ProblemException.Bad(ProblemCode.InvalidJson,
                FormattableString.Invariant($"the body is not JSON in line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}"));
        }
        catch (InvalidOperationException)
        {
            throw ProblemException.Bad(ProblemCode.InvalidText, "a string is not Unicode: expected UTF-8, and escaped surrogates in pairs");
        }
    }

    /// <summary>The current token as a text of the workspace.</summary>
    /// <param name="reader">On the token.</param>
    /// <param name="work">Takes the text.</param>
    /// <param name="limits">How long it may be.</param>
    public static void ReadText(ref Utf8JsonReader reader, Workspace work, ServerLimits limits)
    {
        if (work.Count == limits.Texts)
            throw ProblemException.Bad(ProblemCode.TooManyTexts, FormattableString.Invariant($"more than {limits.Texts:N0} texts: send them in several requests, or as a stream"));
        if (reader.TokenType != JsonTokenType.String)
            throw ProblemException.Bad(ProblemCode.InvalidText, FormattableString.Invariant($"text {work.Count} is {Describe(reader.TokenType)}: expected a string"));
        int room = reader.ValueSpan.Length;
        Span<byte> bytes = work.Reserve(room);
        int length = reader.CopyString(bytes);
        RequireLength(bytes[..length], work.Count, limits);
        work.Add(length);
    }

    /// <exception cref="ProblemException">A text is too long.</exception>
    public static void RequireLength(ReadOnlySpan<byte> text, int index, ServerLimits limits)
    {
        // No character takes less than a byte.
        if (text.Length > limits.Characters && Encoding.UTF8.GetCharCount(text) is var characters && characters > limits.Characters)
        {
            throw ProblemException.Bad(ProblemCode.TextTooLong,
                FormattableString.Invariant($"text {index} has {characters:N0} characters: expected at most {limits.Characters:N0}"));
        }
    }

    public static bool ReadBoolean(ref Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Wrong(name, reader.TokenType, "true or false"),
    };

    public static string ReadString(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw Wrong(name, reader.TokenType, "a string");
        return reader.ValueSpan.Length <= LongestName ? reader.GetString()!
            : throw ProblemException.Bad(ProblemCode.InvalidField, FormattableString.Invariant($"{name} has {reader.ValueSpan.Length:N0} bytes: expected at most {LongestName}"));
    }

    public static void Require(ref Utf8JsonReader reader, JsonTokenType type, string name)
    {
        if (reader.TokenType != type)
            throw Wrong(name, reader.TokenType, type == JsonTokenType.StartArray ? "an array" : "an object");
    }

    /// <summary>A name that no field has.</summary>
    public static ProblemException Unknown(ref Utf8JsonReader reader, string expected)
    {
        string name = reader.ValueSpan.Length <= 64 ? reader.GetString()! : "(a long name)";
        return ProblemException.Bad(ProblemCode.UnknownField, $"there is no field '{name}': expected {expected}");
    }

    public static ProblemException Wrong(string name, JsonTokenType found, string expected) =>
        ProblemException.Bad(ProblemCode.InvalidField, $"{name} is {Describe(found)}: expected {expected}");

    private static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "missing",
    };
}

/// <summary>Reads something from JSON; the reader stands on its first token.</summary>
internal delegate T Reading<out T>(ref Utf8JsonReader reader);
