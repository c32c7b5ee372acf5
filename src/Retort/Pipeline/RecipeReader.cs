using System.Text.RegularExpressions;
using Retort.Runs;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Retort.Pipeline;

/// <summary>
/// Reads the YAML of a recipe, event by event, against the schema: sections, scalars and lists of scalars. Anchors,
/// aliases, tags and further documents are refused, so nothing in a file can expand.
/// </summary>
internal sealed partial class RecipeReader
{
    public const int LargestRecipe = 1 << 20;

    private readonly Parser _parser;
    private readonly string _source;
    private readonly string _folder;
    private readonly bool _lines;

    private RecipeReader(string yaml, string source, string folder, bool lines)
    {
        _parser = new Parser(new StringReader(yaml));
        (_source, _folder, _lines) = (source, folder, lines);
    }

    /// <summary>The keys that a recipe sets, with their values.</summary>
    /// <exception cref="UsageException">The file is not a recipe; the message has the line.</exception>
    public static Dictionary<string, RecipeValue> Read(string yaml, string source, string folder)
    {
        if (yaml.Length > LargestRecipe)
            throw new UsageException($"{source}: it holds {yaml.Length} characters: expected a recipe of at most {LargestRecipe}");
        if (Indented().Match(yaml) is { Success: true } tab)
        {
            throw new UsageException($"{source}:{1 + yaml.AsSpan(0, tab.Index + tab.Length).Count('\n')}: " +
                "a tab indents this line: expected blanks");
        }
        var values = new Dictionary<string, RecipeValue>(StringComparer.Ordinal);
        var reader = new RecipeReader(yaml, source, folder, lines: true);
        reader.Guard(() => reader.ReadDocument(() => reader.ReadSection(null, values)));
        return values;
    }

    /// <summary>The value of an override, written as in a recipe.</summary>
    public static RecipeValue ReadOverride(RecipeOverride given, RecipeKey key)
    {
        string folder = Directory.GetCurrentDirectory();
        bool quoted = given.Value is ['"', ..] or ['\'', ..];
        if (key.Type == typeof(string) && !quoted)
            return new(given.Origin, folder, false, [new(given.Value, Plain: false)]);
        if (given.Value.Length == 0)
            return new(given.Origin, folder, false, [new("", Plain: true)]);
        RecipeValue? value = null;
        var reader = new RecipeReader(given.Value, given.Origin, folder, lines: false);
        reader.Guard(() => reader.ReadDocument(() => value = reader.ReadValue(key.Name)));
        return value!;
    }

    [GeneratedRegex(@"^ *\t[ \t]*(?=[^ \t\r\n#])", RegexOptions.Multiline)]
    private static partial Regex Indented();

    private void Guard(Action read)
    {
        try
        {
            read();
        }
        catch (YamlException e)
        {
            throw new UsageException($"{At(e.Start)}: this is not valid YAML: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // The scanner of YamlDotNet trips over some invalid plain scalars.
            throw new UsageException($"{At(_parser.Current?.Start ?? Mark.Empty)}: this is not valid YAML near here", e);
        }
    }

    private void ReadDocument(Action readRoot)
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
            throw new UsageException($"{_source} is empty: expected keys and values; 'retort init' writes a recipe");
        _parser.Consume<DocumentStart>();
        readRoot();
        _parser.Consume<DocumentEnd>();
        if (!_parser.TryConsume<StreamEnd>(out _))
            throw Wrong(_parser.Current!, "a second YAML document starts here: expected one recipe a file");
    }

    private void ReadSection(RecipeKey? section, Dictionary<string, RecipeValue> values)
    {
        string what = section is null ? "the recipe" : $"{section.Name} is a section: it";
        RefuseSharing(_parser.Current!);
        // A section whose keys are all commented out is blank.
        if (section is not null && _parser.Accept<Scalar>(out var blank) && blank is { Style: ScalarStyle.Plain, Value: "" })
        {
            _parser.MoveNext();
            return;
        }
        if (!_parser.TryConsume<MappingStart>(out _))
            throw Wrong(_parser.Current!, $"{what} holds {Kind()}: expected keys and values, one a line");
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            RefuseSharing(_parser.Current!);
            if (!_parser.TryConsume<Scalar>(out var name))
                throw Wrong(_parser.Current!, $"a key is {Kind()}: expected a name");
            string full = section is null ? name.Value : $"{section.Name}.{name.Value}";
            RecipeKey key = RecipeSchema.Find(full) is { } known && !name.Value.Contains('.', StringComparison.Ordinal)
                ? known : throw Wrong(name, Unknown(name.Value, full));
            if (!seen.TryAdd(full, name.Start.Line))
                throw Wrong(name, $"{full} stands twice, first on line {seen[full]}: expected it once");
            if (key.IsSection)
                ReadSection(key, values);
            else
                values[full] = ReadValue(full);
        }
    }

    private static string Unknown(string name, string full) =>
        RecipeSchema.Find(full) is not null
            ? $"unknown key '{name}': expected a section '{name[..name.IndexOf('.', StringComparison.Ordinal)]}:' with the rest below it"
            : $"unknown key '{full}': {RecipeSchema.Suggest(full)}";

    private RecipeValue ReadValue(string key)
    {
        RefuseSharing(_parser.Current!);
        string origin = At(_parser.Current!.Start);
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new(origin, _folder, false, [Of(scalar)]);
        if (!_parser.TryConsume<SequenceStart>(out _))
            throw Wrong(_parser.Current!, $"{key} holds {Kind()}: expected a value");
        var items = new List<RecipeScalar>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            RefuseSharing(_parser.Current!);
            if (!_parser.TryConsume<Scalar>(out var item))
                throw Wrong(_parser.Current!, $"{key} is a list that holds {Kind()}: expected a list of plain values");
            items.Add(Of(item));
        }
        return new(origin, _folder, true, items);
    }

    private static RecipeScalar Of(Scalar scalar) => new(scalar.Value, scalar.Style == ScalarStyle.Plain);

    private void RefuseSharing(ParsingEvent at)
    {
        if (at is AnchorAlias || at is NodeEvent { Anchor.IsEmpty: false })
            throw Wrong(at, "an anchor or alias (& or *) stands here: expected the value written out, or in quotes");
        if (at is NodeEvent { Tag.IsEmpty: false })
            throw Wrong(at, "a tag (!) stands here: expected a plain value, or one in quotes");
    }

    private string Kind() => _parser.Current switch
    {
        SequenceStart => "a list",
        MappingStart => "further keys",
        _ => "a single value",
    };

    private UsageException Wrong(ParsingEvent at, string message) => new($"{At(at.Start)}: {message}");

    private string At(Mark mark) => _lines ? $"{_source}:{mark.Line}" : _source;
}
