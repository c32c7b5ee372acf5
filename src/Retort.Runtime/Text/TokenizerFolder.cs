using System.Globalization;
using System.Text.Json;

namespace Retort.Runtime.Text;

/// <summary>Reads the tokenizer of a Hugging Face folder.</summary>
internal static class TokenizerFolder
{
    private const string Json = "tokenizer.json", Lines = "vocab.txt", Config = "tokenizer_config.json";

    public static WordPieceTokenizer Load(string folder)
    {
        string json = Path.Combine(folder, Json), lines = Path.Combine(folder, Lines);
        if (File.Exists(json))
        {
            TokenizerJson parsed = TokenizerJson.Parse(json, TokenizerFiles.ReadBounded(json));
            TokenizerOptions named = ReadConfig(folder) is { } names
                ? ReadNames(names, parsed.Options) with { UnknownToken = parsed.Options.UnknownToken }
                : parsed.Options;
            return new WordPieceTokenizer(parsed.Vocabulary, named, parsed.SpecialTokens, json);
        }
        if (!File.Exists(lines))
            throw new FileNotFoundException($"{folder} has neither {Json} nor {Lines}; expected the folder of a BERT model", lines);
        return LoadLines(lines, ReadConfig(folder));
    }

    /// <summary>Reads a line file as the reference's converter would: the five named tokens become special tokens.</summary>
    private static WordPieceTokenizer LoadLines(string file, JsonFields? config)
    {
        Vocabulary vocabulary = VocabularyFile.Parse(file, TokenizerFiles.ReadBounded(file));
        TokenizerOptions options = new();
        List<SpecialToken> declared = [];
        if (config is { } fields)
        {
            options = ReadNames(fields, options) with
            {
                Lowercase = fields.Boolean("do_lower_case") ?? true,
                StripAccents = fields.Boolean("strip_accents"),
                SplitChineseCharacters = fields.Boolean("tokenize_chinese_chars") ?? true,
            };
            declared = ReadDeclared(fields, vocabulary);
        }
        IEnumerable<SpecialToken> named = options.SpecialTokens.Distinct()
            .Where(token => vocabulary.TryGetId(token, out _) && declared.All(known => known.Content != token))
            .Select(token => new SpecialToken(token, vocabulary.TryGetId(token, out int id) ? id : -1));
        return new WordPieceTokenizer(vocabulary, options, [.. declared, .. named], file);
    }

    private static List<SpecialToken> ReadDeclared(JsonFields config, Vocabulary vocabulary)
    {
        var tokens = new List<SpecialToken>();
        if (!config.Element.TryGetProperty("added_tokens_decoder", out JsonElement list))
            return tokens;
        foreach (JsonProperty entry in list.EnumerateObject())
        {
            var fields = new JsonFields(entry.Value, config.File, $"added_tokens_decoder.{entry.Name}");
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                throw fields.Error("expected an id for a name");
            SpecialToken token = TokenizerJson.ReadAddedToken(fields, id);
            if (!vocabulary.TryGetId(token.Content, out int row) || row != id)
                throw fields.Error($"\"{token.Content}\" is not the vocabulary's token {id}; add it to {Lines} as line {id + 1}");
            tokens.Add(token);
        }
        return tokens;
    }

    private static TokenizerOptions ReadNames(JsonFields config, TokenizerOptions defaults) => defaults with
    {
        UnknownToken = Name(config, "unk_token") ?? defaults.UnknownToken,
        ClassifierToken = Name(config, "cls_token") ?? defaults.ClassifierToken,
        SeparatorToken = Name(config, "sep_token") ?? defaults.SeparatorToken,
        PaddingToken = Name(config, "pad_token") ?? defaults.PaddingToken,
        MaskToken = Name(config, "mask_token") ?? defaults.MaskToken,
    };

    /// <summary>A token's name: a text, or in older files an object with the text as content.</summary>
    private static string? Name(JsonFields config, string field) =>
        config.Element.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? config.Object(field, "a token").Text("content")
            : config.Text(field);

    private static JsonFields? ReadConfig(string folder)
    {
        string file = Path.Combine(folder, Config);
        if (!File.Exists(file))
            return null;
        // The elements live on after this call, so the document is not disposed; it holds no resource but memory.
        return new JsonFields(JsonFields.Open(file, TokenizerFiles.ReadBounded(file)).RootElement, file, "");
    }
}
