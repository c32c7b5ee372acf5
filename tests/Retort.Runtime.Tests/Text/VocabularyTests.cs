using System.Text;
using Retort.Runtime.Text;

namespace Retort.Runtime.Tests.Text;

public sealed class VocabularyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ids_are_line_numbers_from_zero()
    {
        Vocabulary vocabulary = Vocabulary.Load(Write("vocab.txt", "[UNK]\r\nthe\n##s\n\u00e9\n\n"));
        Assert.Equal(4, vocabulary.Count);
        Assert.Equal(["[UNK]", "the", "##s", "é"], Enumerable.Range(0, 4).Select(id => vocabulary[id]));
        Assert.True(vocabulary.TryGetId("##s", out int found));
        Assert.Equal(2, found);
        Assert.False(vocabulary.TryGetId("e\u0301", out _));
        Assert.False(vocabulary.TryGetId("", out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary[4]);
    }

    [Fact]
    public void Every_token_of_a_large_vocabulary_is_found_again()
    {
        Vocabulary vocabulary = Golden.Characters();
        int wrong = Enumerable.Range(0, vocabulary.Count)
            .Count(id => !vocabulary.TryGetId(vocabulary[id], out int found) || found != id);
        Assert.Equal(0, wrong);
    }

    [Theory]
    [InlineData("", "has 0 tokens")]
    [InlineData("[UNK]\na\n\nb", "line 3: an empty line")]
    [InlineData("[UNK]\na\nb\na\n", "\"a\" stands on line 2 and on line 4")]
    [InlineData("[UNK]\na \n", "line 2: the token \"a \" ends in a blank")]
    [InlineData("\ufeff[UNK]\n", "byte order mark")]
    public void A_bad_line_file_is_refused_by_line(string content, string message)
    {
        string file = Write("vocab.txt", content);
        string found = Assert.Throws<InvalidDataException>(() => Vocabulary.Load(file)).Message;
        Assert.StartsWith(file, found, StringComparison.Ordinal);
        Assert.Contains(message, found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_another_encoding_is_refused_by_line()
    {
        string file = Path.Combine(_folder, "vocab.txt");
        File.WriteAllBytes(file, [.. "[UNK]\na\nb"u8, 0xE9, (byte)'\n']);
        Assert.Contains("line 3: not UTF-8", Assert.Throws<InvalidDataException>(() => Vocabulary.Load(file)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"type\": \"WordPiece\"", "\"type\": \"BPE\"", "type is \"BPE\"; expected \"WordPiece\"")]
    [InlineData("\"BertNormalizer\"", "\"Lowercase\"", "normalizer: type is \"Lowercase\"")]
    [InlineData("\"BertPreTokenizer\"", "\"Whitespace\"", "pre_tokenizer: type is \"Whitespace\"")]
    [InlineData("\"a\": 1", "\"a\": 7", "\"a\" has the id 7, but there are 3 tokens")]
    [InlineData("\"a\": 1", "\"a\": 0", "\"[UNK]\" and \"a\" both have the id 0")]
    [InlineData("\"a\": 1", "\"a\": \"1\"", "gives \"a\" the id 1; expected a whole number")]
    [InlineData("\"a\": 1", "\"a\": 1, \"a\": 2", "holds \"a\" twice, with ids 1 and 2")]
    [InlineData("\"a\": 1", "\"\": 1", "id 1: an empty token")]
    [InlineData("\"id\": 0", "\"id\": 1", "gives \"[UNK]\" the id 0, added_tokens the id 1")]
    [InlineData("\"normalized\": false", "\"normalized\": true", "added_tokens[0]: \"[UNK]\" is matched in normalized text")]
    [InlineData("\"single_word\": false", "\"single_word\": true", "added_tokens[0]: \"[UNK]\" is matched as a whole word")]
    [InlineData("\"lowercase\": true", "\"lowercase\": \"yes\"", "lowercase is \"yes\"; expected true or false")]
    [InlineData("\"vocab\"", "\"words\"", "no vocab")]
    [InlineData("}}", "}", "not JSON")]
    public void A_bad_tokenizer_file_is_refused_by_place(string good, string bad, string message)
    {
        Write("tokenizer.json", Json);
        Assert.Equal(3, WordPieceTokenizer.Load(_folder).Vocabulary.Count);
        string changed = Json.Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(Json, changed);
        string file = Write("tokenizer.json", changed);
        string found = Assert.Throws<InvalidDataException>(() => WordPieceTokenizer.Load(_folder)).Message;
        Assert.StartsWith(file, found, StringComparison.Ordinal);
        Assert.Contains(message, found, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Vocabulary.Load(file));
    }

    [Fact]
    public void A_vocabulary_without_the_unknown_token_is_refused_with_the_cure()
    {
        string file = Write("vocab.txt", "a\nb\n");
        string found = Assert.Throws<InvalidDataException>(() => WordPieceTokenizer.Load(_folder)).Message;
        Assert.Contains($"{file} has no token \"[UNK]\"", found, StringComparison.Ordinal);
        Assert.Contains("unk_token", found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused() =>
        Assert.Contains("neither tokenizer.json nor vocab.txt",
            Assert.Throws<FileNotFoundException>(() => WordPieceTokenizer.Load(_folder)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_configuration_beside_a_line_file_is_obeyed()
    {
        Write("vocab.txt", "<unk>\n<s>\nA\na\nÉ\n中\n##文\n[X]\n");
        Write("tokenizer_config.json", """
            {"do_lower_case": false, "strip_accents": null, "tokenize_chinese_chars": false, "unk_token": "<unk>",
             "cls_token": {"content": "<s>"}, "added_tokens_decoder": {"7": {"content": "[X]", "lstrip": true, "rstrip": true}}}
            """);
        WordPieceTokenizer tokenizer = WordPieceTokenizer.Load(_folder);
        Assert.Equal((0, 1, -1, -1), (tokenizer.UnknownId, tokenizer.ClassifierId, tokenizer.SeparatorId, tokenizer.PaddingId));
        Assert.Equal([2, 0, 1, 3, 2, 3, 4, 4, 5, 5, 6, 7, 6, 7, 8], Golden.Encode(tokenizer, "A a É 中文"));
        Assert.Equal([3, 0, 1, 7, 1, 7, 3, 7, 8, 1, 8, 11], Golden.Encode(tokenizer, "a [X]\u3000 a<s>"));
    }

    private const string Json = """
        {"added_tokens": [{"id": 0, "content": "[UNK]", "single_word": false, "normalized": false, "special": true}],
         "normalizer": {"type": "BertNormalizer", "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "a": 1, "b": 2}}}
        """;

    private string Write(string name, string content)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return file;
    }
}
