using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Runs;
using Retort.Teachers.Text;

namespace Retort.Tests.Teachers.Text;

/// <summary>Byte-level BPE against its published facts, and against the reference: tools/encoder-golden/token_golden.mjs.</summary>
public sealed class ByteLevelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_reference_gives_the_same_ids()
    {
        ITextTokenizer plain = Load(), prefixed = Load(GoldenEncoders.Copy("roberta", _folder["prefixed"]), """{"add_prefix_space": true}""");
        foreach (JsonNode? row in JsonNode.Parse(File.ReadAllText(GoldenEncoders.Place("roberta/tokens.json")))!.AsArray())
        {
            string text = (string)row!["text"]!;
            Assert.Equal((text, Line(row["ids"]!)), (text, string.Join(' ', plain.Encode(text))));
            Assert.Equal((text, Line(row["prefixed"]!)), (text, string.Join(' ', prefixed.Encode(text))));
        }
    }

    // From bytes_to_unicode of GPT-2's encoder: what Latin-1 prints is itself, the other 68 bytes are U+0100 and on, in order.
    [Theory]
    [InlineData('!', '!')]
    [InlineData('~', '~')]
    [InlineData(0x00, '\u0100')]
    [InlineData('\n', 'Ċ')]
    [InlineData('\r', 'č')]
    [InlineData('\t', 'ĉ')]
    [InlineData(' ', 'Ġ')]
    [InlineData(0x7F, 'ġ')]
    [InlineData(0xA0, 'ł')]
    [InlineData(0xA1, '¡')]
    [InlineData(0xAD, 'Ń')]
    [InlineData(0xC3, 'Ã')]
    [InlineData(0xFF, 'ÿ')]
    public void A_byte_is_written_as_GPT2_writes_it(int value, char expected) => Assert.Equal(expected, BytePairs.Alphabet[value]);

    [Theory]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("it's the film's", "it|'s| the| film|'s")]
    [InlineData("we'll they're I've I'm I'd can't", "we|'ll| they|'re| I|'ve| I|'m| I|'d| can|'t")]
    [InlineData("IT'S", "IT|'|S")]
    [InlineData("a  b", "a| | b")]
    [InlineData("a   b", "a|  | b")]
    [InlineData("a\nb", "a|\n|b")]
    [InlineData("a\n\nb", "a|\n|\n|b")]
    [InlineData("a \n b", "a| \n| b")]
    [InlineData("end  ", "end|  ")]
    [InlineData("x=12, y!", "x|=|12|,| y|!")]
    [InlineData("abc123def", "abc|123|def")]
    [InlineData("¡hola!", "¡|hola|!")]
    [InlineData("好電影 123", "好電影| 123")]
    [InlineData("a😀b", "a|😀|b")]
    [InlineData(" 😀😀!", " 😀😀!")]
    [InlineData("𠀀𠀁 𝒳", "𠀀𠀁| 𝒳")]
    [InlineData("x\u00a0y", "x|\u00a0|y")]
    [InlineData("e\u0301t", "e|\u0301|t")]
    public void A_text_is_cut_into_GPT2s_words(string text, string expected)
    {
        var words = new List<string>();
        for (int start = 0; start < text.Length;)
        {
            int end = ByteLevelWords.End(text, start);
            words.Add(text[start..end]);
            start = end;
        }
        Assert.Equal(expected, string.Join('|', words));
    }

    // The lowest rank first, then the leftmost: of "aaa" with the merge "a a", the first two; "abc" with "b c" before "a b".
    [Theory]
    [InlineData("aaa", "aa|a")]
    [InlineData("aaaa", "aa|aa")]
    [InlineData("abc", "a|bc")]
    [InlineData("abab", "ab|ab")]
    [InlineData("aabc", "aa|bc")]
    [InlineData("é", "é")]
    public void Merges_are_made_in_the_order_in_which_they_were_learnt(string text, string expected)
    {
        string[] tokens = Write("b c", "a a", "a b", "Ã ©");
        Assert.Equal(expected, string.Join('|', TextTokenizer.Load(_folder["own"]).Encode(text).Select(id => tokens[id] == "Ã©" ? "é" : tokens[id])));
    }

    [Fact]
    public void A_lone_surrogate_is_read_as_the_replacement_character()
    {
        ITextTokenizer tokenizer = Load();
        Assert.Equal(tokenizer.Encode("a\ufffd b"), tokenizer.Encode("a\ud800 b"));
    }

    [Fact]
    public void A_long_word_takes_no_quadratic_time()
    {
        ITextTokenizer tokenizer = Load();
        string word = new('o', 200_000);
        Assert.Equal(100_000, tokenizer.Encode(word).Length);
    }

    [Fact]
    public void A_tokenizer_json_gives_the_same_ids_as_the_files_that_it_was_made_of()
    {
        ITextTokenizer files = Load(), json = Json(node => { }), pairs = Json(node => node["model"]!["merges"] = new JsonArray(
            [.. node["model"]!["merges"]!.AsArray().Select(merge => new JsonArray([.. ((string)merge!).Split(' ').Select(part => (JsonNode)part)]))]));
        foreach (string text in new[] { "a good film's end <mask> é 😀\n", "<s> going", "" })
        {
            Assert.Equal(files.Encode(text), json.Encode(text));
            Assert.Equal(files.Encode(text), pairs.Encode(text));
        }
        Assert.Equal((files.Count, files.FirstId, files.LastId), (json.Count, json.FirstId, json.LastId));
        Assert.Equal(TokenizerKind.ByteLevelBpe, TextTokenizer.KindOf(_folder["json"]));
    }

    [Fact]
    public void A_tokenizer_json_without_a_type_is_told_by_its_merges() =>
        Assert.Equal(Load().Encode("good"), Json(node => node["model"]!.AsObject().Remove("type")).Encode("good"));

    [Theory]
    [InlineData("normalizer", """{"type": "NFC"}""", "has a normalizer: expected a byte-level BPE tokenizer")]
    [InlineData("pre_tokenizer", """{"type": "Metaspace"}""", "has another pre_tokenizer than ByteLevel")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}""", "has a ByteLevel pre_tokenizer that cuts no words")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel"}""", "is no whole byte-level BPE tokenizer")]
    [InlineData("added_tokens", """[{"content": 7}]""", "is no whole byte-level BPE tokenizer")]
    public void A_tokenizer_json_that_cuts_words_otherwise_is_refused(string key, string value, string message)
    {
        var error = Assert.Throws<RetortException>(() => Json(node => node[key] = JsonNode.Parse(value)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("merges.txt", "g oo\n", "g oo x\n", "merges.txt has the merge 'g oo x': expected two parts")]
    [InlineData("merges.txt", "g oo\n", "oo x\n", "vocab.json has no token 'oox', which merge ")]
    [InlineData("vocab.json", "\"Ċ\": ", "\"line\": ", "vocab.json has no token 'Ċ', which stands for the byte 10")]
    [InlineData("vocab.json", "\"<s>\": ", "\"<S>\": ", "vocab.json has no token '<s>', which begins a text")]
    [InlineData("vocab.json", "\"<s>\": 0", "\"<s>\": \"0\"", "expected an object of tokens")]
    [InlineData("vocab.json", "{", "", "not JSON; is the file whole?")]
    public void Files_that_are_damaged_are_named(string file, string from, string to, string message)
    {
        string folder = GoldenEncoders.Copy("roberta", _folder["damaged"]);
        GoldenEncoders.Edit(Path.Combine(folder, file), from, to);
        var error = Assert.Throws<RetortException>(() => TextTokenizer.Load(folder));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_merges_has_no_tokenizer()
    {
        string folder = GoldenEncoders.Copy("roberta", _folder["half"]);
        File.Delete(Path.Combine(folder, "merges.txt"));
        var error = Assert.Throws<RetortException>(() => TextTokenizer.Load(folder));
        Assert.Contains("has no tokenizer: expected vocab.txt, tokenizer.json, vocab.json with merges.txt", error.Message, StringComparison.Ordinal);
    }

    private static ITextTokenizer Load() => TextTokenizer.Load(GoldenEncoders.Place("roberta"));

    private static ITextTokenizer Load(string folder, string config)
    {
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config);
        return TextTokenizer.Load(folder);
    }

    /// <summary>Writes a vocabulary of the 256 bytes, RoBERTa's frame and some merges; returns its tokens.</summary>
    private string[] Write(params string[] merges)
    {
        string[] tokens = ["<s>", "</s>", .. BytePairs.Alphabet.Select(sign => $"{sign}"), .. merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))];
        Directory.CreateDirectory(_folder["own"]);
        File.WriteAllText(_folder["own/vocab.json"], JsonSerializer.Serialize(tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id)));
        File.WriteAllText(_folder["own/merges.txt"], string.Join('\n', merges) + "\n");
        return tokens;
    }

    private ITextTokenizer Json(Action<JsonNode> change)
    {
        JsonObject vocabulary = JsonNode.Parse(File.ReadAllText(GoldenEncoders.Place("roberta/vocab.json")))!.AsObject();
        JsonNode node = new JsonObject
        {
            ["added_tokens"] = new JsonArray([.. new[] { "<s>", "<pad>", "</s>", "<unk>", "<mask>" }.Select(token => new JsonObject
            {
                ["content"] = token,
                ["id"] = (int)vocabulary[token]!,
                ["lstrip"] = token == "<mask>",
            })]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["continuing_subword_prefix"] = "",
                ["vocab"] = vocabulary.DeepClone(),
                ["merges"] = new JsonArray([.. File.ReadLines(GoldenEncoders.Place("roberta/merges.txt")).Skip(1).Select(line => (JsonNode)line)]),
            },
        };
        change(node);
        Directory.CreateDirectory(_folder["json"]);
        File.WriteAllText(_folder["json/tokenizer.json"], node.ToJsonString());
        return TextTokenizer.Load(_folder["json"]);
    }

    private static string Line(JsonNode ids) => string.Join(' ', ids.AsArray().Select(id => (int)id!));
}
