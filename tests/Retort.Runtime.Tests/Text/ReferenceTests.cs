using System.Security.Cryptography;
using System.Text.Json;
using Retort.Runtime.Text;
using Retort.Tests;

namespace Retort.Runtime.Tests.Text;

/// <summary>Ids and offsets equal to those of Hugging Face's library; tools/tokenizer-golden made the answers.</summary>
public sealed class ReferenceTests
{
    public static TheoryData<string> Configurations => [.. Golden.Configurations.Keys];

    [Theory]
    [InlineData("uncased")]
    [InlineData("cased")]
    public void Adversarial_texts_are_read_as_the_reference_reads_them(string configuration)
    {
        var tokenizer = new WordPieceTokenizer(Vocabulary.Load(Golden.File("words.txt")), Golden.Configurations[configuration]);
        int texts = 0;
        foreach (JsonElement row in Rows("adversarial.jsonl"))
        {
            string raw = row.GetProperty("text").GetRawText();
            int[] expected = [.. row.GetProperty(configuration).EnumerateArray().Select(number => number.GetInt32())];
            int[] found = Golden.Encode(tokenizer, Golden.Unescape(raw));
            Assert.True(expected.AsSpan().SequenceEqual(found),
                $"{raw}: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}");
            texts++;
        }
        Assert.True(texts > 3000, $"only {texts} texts");
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Every_character_of_adversarial_texts_is_that_of_the_reference(string configuration)
    {
        var tokenizer = new WordPieceTokenizer(Golden.Characters(), Golden.Configurations[configuration]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var tokens = new List<Token>();
        foreach (JsonElement row in Rows("adversarial.jsonl"))
        {
            string raw = row.GetProperty("text").GetRawText();
            tokens.Clear();
            tokenizer.Encode(Golden.Unescape(raw), tokens);
            Golden.Add(hash, tokens);
            string expected = row.GetProperty("characters").GetProperty(configuration).GetString()!;
            Assert.True(expected == Golden.Finish(hash, expected.Length), $"{raw}: found {string.Join(' ', tokens)}");
        }
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Every_code_point_is_read_as_the_reference_reads_it(string configuration)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Golden.File("sweep.json")));
        string[] expected = [.. golden.RootElement.GetProperty(configuration).EnumerateArray().Select(digest => digest.GetString()!)];
        var tokenizer = new WordPieceTokenizer(Golden.Characters(), Golden.Configurations[configuration]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var tokens = new List<Token>();
        var wrong = new List<string>();
        for (int block = 0; block < expected.Length; block++)
        {
            for (int page = 0; page < 16; page++)
            {
                tokens.Clear();
                tokenizer.Encode(Golden.SweepText(block * 4096 + page * 256), tokens);
                Golden.Add(hash, tokens);
            }
            if (Golden.Finish(hash, 16) != expected[block])
                wrong.Add($"U+{block * 4096:X4}");
        }
        Assert.Equal(272, expected.Length);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Real_English_and_Chinese_texts_are_read_as_the_reference_reads_them()
    {
        var tokenizers = new Dictionary<string, WordPieceTokenizer>(StringComparer.Ordinal)
        {
            ["minilm"] = WordPieceTokenizer.Load(TestPaths.Model("minilm")),
            ["zh-bert-base"] = WordPieceTokenizer.Load(TestPaths.Model("zh-bert-base")),
        };
        tokenizers["minilm-cased"] = new(tokenizers["minilm"].Vocabulary, new TokenizerOptions { Lowercase = false });
        tokenizers["zh-bert-base-uncased"] = new(tokenizers["zh-bert-base"].Vocabulary);
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Golden.File("datasets.json")));
        var wrong = new List<string>();
        long texts = 0;
        foreach (JsonElement row in golden.RootElement.EnumerateArray())
        {
            string name = row.GetProperty("tokenizer").GetString()!, file = row.GetProperty("file").GetString()!;
            string found = DigestOf(tokenizers[name], TestPaths.Data(file.Split('/')), ref texts);
            if (found != row.GetProperty("sha256").GetString())
                wrong.Add($"{file}, {name}");
        }
        Assert.Empty(wrong);
        Assert.True(texts >= 200_000, $"only {texts} texts");
    }

    private static string DigestOf(WordPieceTokenizer tokenizer, string file, ref long texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var tokens = new List<Token>();
        // Not by lines: a text may hold characters that a line reader takes for line ends.
        foreach (string line in File.ReadAllText(file).TrimEnd('\n').Split('\n').Skip(1))
        {
            tokens.Clear();
            tokenizer.Encode(line.Split('\t')[0], tokens);
            Golden.Add(hash, tokens);
            texts++;
        }
        return Golden.Finish(hash);
    }

    private static IEnumerable<JsonElement> Rows(string file) => File.ReadLines(Golden.File(file)).Select(Parse);

    private static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
