using System.Text.Json;
using Retort.Runs;

namespace Retort.Teachers.Text;

/// <summary>Reads a byte-level BPE tokenizer: <c>tokenizer.json</c> if it is there, else <c>vocab.json</c> with <c>merges.txt</c>.</summary>
internal static class ByteLevelFiles
{
    public const string Vocabulary = "vocab.json", Merges = "merges.txt";

    private const string Added = "added_tokens.json";
    private const string Cure = "copy the tokenizer's files again from where the weights come from";

    // RoBERTa's own, which its tokenizer knows without being told.
    private static readonly string[] Specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    /// <exception cref="RetortException">A file is damaged, or of another tokenizer.</exception>
    public static ByteLevelTokenizer Load(string folder)
    {
        string json = Path.Combine(folder, TextTokenizer.Json);
        SpecialNames names = SpecialNames.Read(folder, "<s>", "</s>", "<mask>");
        if (!File.Exists(json))
            return FromLines(folder, names);
        using JsonDocument document = TextTokenizer.Parse(json);
        try
        {
            return FromJson(json, document.RootElement, names);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException or ArgumentException)
        {
            throw new RetortException($"{json} is no whole byte-level BPE tokenizer: {e.Message}; {Cure}", e);
        }
    }

    private static ByteLevelTokenizer FromLines(string folder, SpecialNames names)
    {
        string file = Path.Combine(folder, Vocabulary);
        Dictionary<string, int> vocabulary = ReadIds(file);
        string added = Path.Combine(folder, Added);
        var tokens = new List<AddedToken>();
        foreach ((string token, int id) in File.Exists(added) ? ReadIds(added) : [])
            tokens.Add(new AddedToken(token, id));
        foreach (string special in Specials.Append(names.First).Append(names.Last).Append(names.Mask))
        {
            if (vocabulary.TryGetValue(special, out int id))
                tokens.Add(new AddedToken(special, id, TakesSpaceBefore: special == names.Mask));
        }
        // A first line "#version: 0.2" is no merge.
        IEnumerable<(string, string)> merges = File.ReadLines(Path.Combine(folder, Merges))
            .Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))
            .Select(line => Pair(line, Path.Combine(folder, Merges)));
        return Build(file, vocabulary, merges, tokens, names, names.AddsPrefixSpace);
    }

    private static ByteLevelTokenizer FromJson(string file, JsonElement root, SpecialNames names)
    {
        JsonElement model = root.GetProperty("model");
        RequireByteLevel(file, root, model, out bool addsPrefixSpace);
        var vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32(), StringComparer.Ordinal);
        IEnumerable<(string, string)> merges = model.GetProperty("merges").EnumerateArray().Select(merge =>
            merge.ValueKind == JsonValueKind.Array ? (Text(merge[0]), Text(merge[1])) : Pair(Text(merge), file));
        List<AddedToken> tokens = !root.TryGetProperty("added_tokens", out JsonElement added) || added.ValueKind != JsonValueKind.Array ? []
            : [.. added.EnumerateArray().Select(token => new AddedToken(Text(token.GetProperty("content")), token.GetProperty("id").GetInt32(),
                token.TryGetProperty("lstrip", out JsonElement strips) && strips.GetBoolean()))];
        return Build(file, vocabulary, merges, tokens, names, addsPrefixSpace);
    }

    private static ByteLevelTokenizer Build(string file, Dictionary<string, int> vocabulary, IEnumerable<(string Left, string Right)> merges,
        IReadOnlyList<AddedToken> added, SpecialNames names, bool addsPrefixSpace)
    {
        var ids = new Dictionary<string, int>(vocabulary, StringComparer.Ordinal);
        foreach (AddedToken token in added)
            ids.TryAdd(token.Content, token.Id);
        int IdOf(string token, string what) => ids.TryGetValue(token, out int id) ? id
            : throw new RetortException($"{file} has no token '{token}', {what}: {Cure}");
        int[] bytes = [.. BytePairs.Alphabet.Select((sign, value) => IdOf($"{sign}", $"which stands for the byte {value} in a byte-level vocabulary"))];
        var pairs = new Dictionary<(int, int), (int, int)>();
        var facts = new List<string>();
        foreach ((string left, string right) in merges)
        {
            string of = $"which merge {pairs.Count + 1}, '{left}' with '{right}', needs";
            pairs.TryAdd((IdOf(left, of), IdOf(right, of)), (pairs.Count, IdOf(left + right, of)));
            facts.Add($"{left} {right}");
        }
        facts.AddRange(ids.OrderBy(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Value} {entry.Key}"));
        return new ByteLevelTokenizer(new BytePairs(bytes, pairs), new AddedTokens(added), addsPrefixSpace, ids.Values.Max() + 1,
            IdOf(names.First, "which begins a text"), IdOf(names.Last, "which ends a text"), facts);
    }

    // Other tokenizers that are BPE, too, cut words otherwise: what is not known is refused, so that nothing is read wrongly.
    private static void RequireByteLevel(string file, JsonElement root, JsonElement model, out bool addsPrefixSpace)
    {
        JsonElement words = root.GetProperty("pre_tokenizer");
        string? other = IsSet(root, "normalizer") ? "a normalizer"
            : IsSet(model, "continuing_subword_prefix") || IsSet(model, "end_of_word_suffix") ? "marks on its subwords"
            : IsTrue(model, "byte_fallback") ? "byte_fallback"
            : IsTrue(model, "ignore_merges") ? "ignore_merges"
            : words.ValueKind != JsonValueKind.Object || words.GetProperty("type").GetString() != "ByteLevel" ? "another pre_tokenizer than ByteLevel"
            : words.TryGetProperty("use_regex", out JsonElement cuts) && cuts.ValueKind == JsonValueKind.False ? "a ByteLevel pre_tokenizer that cuts no words"
            : null;
        if (other is not null)
        {
            throw new RetortException($"{file} has {other}: expected a byte-level BPE tokenizer as RoBERTa's; of another tokenizer, export the teacher's logits instead");
        }
        addsPrefixSpace = words.GetProperty("add_prefix_space").GetBoolean();
    }

    private static string Text(JsonElement json) => json.GetString() ?? throw new FormatException("null stands where text is expected");

    private static bool IsSet(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value)
        && value.ValueKind != JsonValueKind.Null && value.ToString().Length > 0;

    private static bool IsTrue(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static Dictionary<string, int> ReadIds(string file)
    {
        using JsonDocument document = TextTokenizer.Parse(file);
        try
        {
            return document.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32(), StringComparer.Ordinal);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new RetortException($"{file}: expected an object of tokens, each once, with their ids ({e.Message}); {Cure}", e);
        }
    }

    private static (string, string) Pair(string line, string file)
    {
        string[] parts = line.Split(' ');
        return parts.Length == 2 && parts[0].Length > 0 && parts[1].Length > 0 ? (parts[0], parts[1])
            : throw new RetortException($"{file} has the merge '{line}': expected two parts with a blank between; {Cure}");
    }
}
