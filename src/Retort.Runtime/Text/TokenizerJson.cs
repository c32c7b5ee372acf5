using System.Text.Json;

namespace Retort.Runtime.Text;

/// <summary>What <c>tokenizer.json</c> says of a BERT tokenizer. Anything else in that format is refused.</summary>
internal sealed record TokenizerJson(
    Vocabulary Vocabulary, TokenizerOptions Options, IReadOnlyList<SpecialToken> SpecialTokens)
{
    public static TokenizerJson Parse(string file, byte[] content)
    {
        using JsonDocument document = JsonFields.Open(file, content);
        var root = new JsonFields(document.RootElement, file, "");
        JsonFields model = root.Object("model", "the vocabulary");
        model.Require("type", "WordPiece", "Retort reads BERT's tokenizers; of others, export the teacher's logits instead");
        JsonFields normalizer = root.Object("normalizer", "a BertNormalizer");
        normalizer.Require("type", "BertNormalizer", "a WordPiece tokenizer with another normalizer is no BERT tokenizer");
        root.Object("pre_tokenizer", "a BertPreTokenizer").Require(
            "type", "BertPreTokenizer", "a WordPiece tokenizer with another pre-tokenizer is no BERT tokenizer");
        IReadOnlyList<SpecialToken> specialTokens = ReadAddedTokens(root);
        var options = new TokenizerOptions
        {
            Lowercase = normalizer.Boolean("lowercase") ?? true,
            StripAccents = normalizer.Boolean("strip_accents"),
            SplitChineseCharacters = normalizer.Boolean("handle_chinese_chars") ?? true,
            CleanText = normalizer.Boolean("clean_text") ?? true,
            MaxCharactersPerWord = model.Integer("max_input_chars_per_word") ?? 100,
            UnknownToken = model.Text("unk_token") ?? "[UNK]",
            ContinuationPrefix = model.Text("continuing_subword_prefix") ?? "##",
        };
        return new TokenizerJson(ReadVocabulary(model, specialTokens), options, specialTokens);
    }

    /// <summary>Numbers the model's tokens and those added beyond them; every id from 0 on must have one token.</summary>
    private static Vocabulary ReadVocabulary(JsonFields model, IReadOnlyList<SpecialToken> added)
    {
        var ids = new List<(string Token, int Id)>();
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty entry in model.Object("vocab", "token: id pairs").Element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id))
                throw model.Error($"vocab gives \"{entry.Name}\" the id {entry.Value}; expected a whole number");
            if (!known.TryAdd(entry.Name, id))
                throw model.Error($"vocab holds \"{entry.Name}\" twice, with ids {known[entry.Name]} and {id}; keep one");
            ids.Add((entry.Name, id));
        }
        foreach (SpecialToken token in added)
        {
            if (known.TryAdd(token.Content, token.Id))
                ids.Add((token.Content, token.Id));
            else if (known[token.Content] != token.Id)
                throw model.Error($"vocab gives \"{token.Content}\" the id {known[token.Content]}, added_tokens the id "
                    + $"{token.Id}; make them equal");
        }
        return new Vocabulary(Arrange(model, ids), model.File, 0);
    }

    private static string[] Arrange(JsonFields model, List<(string Token, int Id)> ids)
    {
        var tokens = new string[ids.Count];
        foreach ((string token, int id) in ids)
        {
            if ((uint)id >= (uint)tokens.Length)
                throw model.Error($"\"{token}\" has the id {id}, but there are {tokens.Length} tokens; expected the ids 0 to "
                    + $"{tokens.Length - 1}, each once: a row of the model's embeddings each");
            if (tokens[id] is not null)
                throw model.Error($"\"{tokens[id]}\" and \"{token}\" both have the id {id}; expected each id once");
            tokens[id] = token;
        }
        return tokens;
    }

    private static List<SpecialToken> ReadAddedTokens(JsonFields root)
    {
        var tokens = new List<SpecialToken>();
        if (!root.Element.TryGetProperty("added_tokens", out JsonElement list) || list.ValueKind == JsonValueKind.Null)
            return tokens;
        if (list.ValueKind != JsonValueKind.Array)
            throw root.Error($"added_tokens is {list.ValueKind}; expected a list");
        foreach (JsonElement entry in list.EnumerateArray())
        {
            var fields = new JsonFields(entry, root.File, $"added_tokens[{tokens.Count}]");
            int id = fields.Integer("id") ?? throw fields.Error("no id; expected the token's row");
            tokens.Add(ReadAddedToken(fields, id));
        }
        return tokens;
    }

    /// <summary>Reads one entry of <c>added_tokens</c>, or of <c>added_tokens_decoder</c> in tokenizer_config.json.</summary>
    internal static SpecialToken ReadAddedToken(JsonFields fields, int id)
    {
        string content = fields.Text("content") ?? "";
        if (content.Length == 0)
            throw fields.Error("no content; expected the token's text");
        if (fields.Boolean("normalized") ?? false)
            throw fields.Error($"\"{content}\" is matched in normalized text (normalized: true), which only added words "
                + "ask for; put it into the model's vocabulary, or set normalized to false");
        if (fields.Boolean("single_word") ?? false)
            throw fields.Error($"\"{content}\" is matched as a whole word alone (single_word: true), which BERT's special "
                + "tokens are not; set it to false");
        return new SpecialToken(content, id, fields.Boolean("lstrip") ?? false, fields.Boolean("rstrip") ?? false);
    }
}
