using System.Text;
using Retort.Runtime.Text;

namespace Retort.Runtime.Tests.Text;

/// <summary>UTF-8 gives the tokens of the text that .NET decodes from it, with offsets in bytes.</summary>
public sealed class Utf8Tests
{
    private static readonly byte[] Awkward =
    [
        0x00, 0x20, 0x41, 0x5B, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xC3, 0xCC, 0xDF, 0xE0, 0xE1,
        0xE3, 0xE4, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF,
    ];

    public static TheoryData<string> Configurations => [.. Golden.Configurations.Keys];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Adversarial_texts_are_read_alike(string configuration)
    {
        foreach (WordPieceTokenizer tokenizer in Tokenizers(configuration))
            Check(tokenizer, Golden.AdversarialTexts().Select(Encoding.UTF8.GetBytes), atLeast: 3000);
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Every_code_point_is_read_alike(string configuration)
    {
        var tokenizer = new WordPieceTokenizer(Golden.Characters(), Golden.Configurations[configuration]);
        IEnumerable<string> pages = Enumerable.Range(0, 0x1100).Select(page => Golden.SweepText(page * 256));
        Check(tokenizer, pages.Select(Encoding.UTF8.GetBytes), atLeast: 0x1100);
    }

    [Theory]
    [InlineData("uncased")]
    [InlineData("raw")]
    public void Every_short_sequence_of_awkward_bytes_is_read_alike(string configuration)
    {
        var tokenizer = new WordPieceTokenizer(Golden.Characters(), Golden.Configurations[configuration]);
        IEnumerable<byte[]> texts =
            from a in Awkward
            from b in Awkward
            from c in Awkward
            from text in (byte[][])[[a, b, c], [(byte)'a', a, b, c, (byte)'z'], [.. "中"u8, a, b, c, 0x80, .. "文"u8]]
            select text;
        Check(tokenizer, texts, atLeast: 70_000);
    }

    [Theory]
    [InlineData("uncased")]
    [InlineData("raw")]
    public void Damaged_texts_are_read_alike(string configuration)
    {
        var random = new Random(11);
        byte[][] whole = [.. Golden.AdversarialTexts().Select(Encoding.UTF8.GetBytes).Where(text => text.Length is > 0 and < 500)];
        IEnumerable<byte[]> damaged = Enumerable.Range(0, 30_000).Select(k => Damage(random, whole[k % whole.Length]));
        WordPieceTokenizer[] tokenizers = [.. Tokenizers(configuration)];
        foreach (byte[] text in damaged)
        {
            foreach (WordPieceTokenizer tokenizer in tokenizers)
                Check(tokenizer, [text], atLeast: 1);
        }
    }

    [Fact]
    public void Special_tokens_are_found_with_the_blanks_that_they_take()
    {
        var vocabulary = new Vocabulary(["[UNK]", "a", "中", "<x>", "é\ufffd!", "word", "😀"]);
        SpecialToken[] special =
        [
            new("<x>", 3, StripLeft: true, StripRight: true), new("é\ufffd!", 4), new("word", 5), new("\ufffd!", 6),
        ];
        var tokenizer = new WordPieceTokenizer(vocabulary, new TokenizerOptions(), special, "the test");
        byte[][] texts =
        [
            [.. "a \u3000\u0085<x>\u2003\t a"u8], [.. "<x> <x>\u3000"u8], [.. "中\u3000<x>中"u8], [.. "é\ufffd!a\ufffd!"u8],
            [.. "aworda words aWORDa"u8], [0xC3, 0xA9, 0xE4, 0xB8, (byte)'!', 0x80, (byte)'!'], [0x80, .. "<x>"u8, 0xE3, 0x80],
            [0xE3, 0x80, .. "<x>"u8], [.. " \u3000 "u8, 0x80, 0x80, .. " <x>"u8],
        ];
        Check(tokenizer, texts, atLeast: texts.Length);
        Assert.Equal([new(1, 0, 1), new(3, 1, 15), new(1, 15, 16)], Encode(tokenizer, texts[0]));
        Assert.Equal([new(4, 0, 6), new(1, 6, 7), new(6, 7, 11)], Encode(tokenizer, texts[3]));
        Assert.Equal([new(1, 0, 1), new(5, 1, 5), new(1, 5, 6)], Encode(tokenizer, texts[4])[..3]);
        Assert.Equal([new(4, 0, 5), new(6, 5, 7)], Encode(tokenizer, texts[5]));
    }

    private static IEnumerable<WordPieceTokenizer> Tokenizers(string configuration) =>
    [
        new(Vocabulary.Load(Golden.File("words.txt")), Golden.Configurations[configuration]),
        new(Golden.Characters(), Golden.Configurations[configuration]),
    ];

    private static byte[] Damage(Random random, byte[] whole)
    {
        List<byte> text = [.. whole];
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int at = random.Next(text.Count + 1);
            switch (random.Next(5))
            {
                case 0: // a truncated sequence, often
                    text.RemoveRange(at, Math.Min(random.Next(1, 4), text.Count - at));
                    break;
                case 1:
                    text.Insert(at, Awkward[random.Next(Awkward.Length)]);
                    break;
                case 2: // a surrogate in three bytes
                    text.InsertRange(at, [0xED, (byte)random.Next(0xA0, 0xC0), (byte)random.Next(0x80, 0xC0)]);
                    break;
                case 3: // an overlong form
                    text.InsertRange(at, [0xE0, (byte)random.Next(0x80, 0xA0), (byte)random.Next(0x80, 0xC0)]);
                    break;
                default:
                    if (at < text.Count)
                        text[at] = (byte)random.Next(256);
                    break;
            }
        }
        return [.. text];
    }

    private static void Check(WordPieceTokenizer tokenizer, IEnumerable<byte[]> texts, int atLeast)
    {
        int count = 0;
        foreach (byte[] utf8 in texts)
        {
            List<Token> found = Encode(tokenizer, utf8), expected = Expected(tokenizer, utf8);
            if (!expected.SequenceEqual(found))
                Assert.Fail($"{Convert.ToHexString(utf8)}: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}");
            count++;
        }
        Assert.True(count >= atLeast, $"only {count} texts");
    }

    private static List<Token> Encode(WordPieceTokenizer tokenizer, byte[] utf8)
    {
        List<Token> tokens = [];
        var sink = new TokenListSink(tokens, int.MaxValue);
        tokenizer.EncodeUtf8(utf8, ref sink);
        return tokens;
    }

    private static List<Token> Expected(WordPieceTokenizer tokenizer, byte[] utf8)
    {
        string text = Encoding.UTF8.GetString(utf8);
        var offsets = new int[text.Length + 1];
        for (int unit = 0, at = 0; at < utf8.Length;)
        {
            _ = Rune.DecodeFromUtf8(utf8.AsSpan(at), out Rune rune, out int length);
            unit += rune.Utf16SequenceLength;
            offsets[unit] = at += length;
        }
        List<Token> tokens = [];
        tokenizer.Encode(text, tokens);
        return [.. tokens.Select(token => new Token(token.Id, offsets[token.Start], offsets[token.End]))];
    }
}
