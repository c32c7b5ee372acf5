using System.Text;
using Retort.Runtime.Text;

namespace Retort.Runtime.Tests.Text;

/// <summary>The look-ups for common text give what the long way gives, allocate nothing and need no more memory for more text.</summary>
public sealed class FastPathTests
{
    private static readonly string[] Parts =
    [
        "a", "the", "The", "unaffable", "UNAFFABLE", "2012", "x1y2", "internationalization", "qqqqqqq", "s", " ", " ", " ", "\t",
        "\u3000", ",", ".", "'", "[", "[MASK]", "[mask]", "中", "国", "，", "《", "é", "e\u0301", "\u0301", "\0", "\u00ad", "\ufffd",
        "\ud800", "😀", "한", "я", "\u0130", "\u2260", "\ufb1d", "０", "\u302e", "_",
    ];

    public static TheoryData<string> Configurations => [.. Golden.Configurations.Keys];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void The_short_way_and_the_long_way_agree(string configuration)
    {
        var random = new Random(7);
        Vocabulary vocabulary = Vocabulary.Load(Golden.File("words.txt"));
        int tokens = 0;
        foreach (int longest in (int[])[1, 2, 7, 14, 15, 16, 17, 100])
        {
            TokenizerOptions options = Golden.Configurations[configuration] with { MaxCharactersPerWord = longest };
            var common = new WordPieceTokenizer(vocabulary, options);
            WordPieceTokenizer rare = LongWayOnly(vocabulary, options);
            foreach (string text in Enumerable.Range(0, 4000).Select(_ => RandomText(random)))
            {
                int[] expected = Golden.Encode(rare, text), found = Golden.Encode(common, text);
                if (!expected.AsSpan().SequenceEqual(found))
                    Assert.Fail($"{text}: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}");
                tokens += found.Length / 3;
            }
        }
        Assert.True(tokens > 100_000, $"only {tokens} tokens");
    }

    [Fact]
    public void Every_token_of_a_vocabulary_is_found_by_its_own_text_wherever_the_text_ends()
    {
        Vocabulary vocabulary = Vocabulary.Load(Golden.File("words.txt"));
        var tokenizer = new WordPieceTokenizer(vocabulary);
        WordPieceTokenizer rare = LongWayOnly(vocabulary, new TokenizerOptions());
        foreach (string token in Enumerable.Range(0, vocabulary.Count).Select(id => vocabulary[id]))
        {
            for (int blanks = 0; blanks < 18; blanks++)
            {
                string text = token + new string(' ', blanks);
                Assert.Equal(Golden.Encode(rare, text), Golden.Encode(tokenizer, text));
                Assert.Equal(Golden.Encode(rare, "the " + text), Golden.Encode(tokenizer, "the " + text));
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated_from_either_encoding()
    {
        var tokenizer = new WordPieceTokenizer(Vocabulary.Load(Golden.File("words.txt")));
        const string Text = "The unaffable CAFÉ, n\u0323\u0302o 中文 [MASK] 한국어 😀 \ufb1d \u0e02\u0e38 internationalizations xyzzy9!";
        byte[] utf8 = Encoding.UTF8.GetBytes(Text);
        (int first, long allocated) = Measure(tokenizer, Text, utf8);
        Assert.Equal(0, allocated);
        Assert.True(first > 20, $"{first} tokens");
    }

    [Fact]
    public void A_text_of_five_megabytes_needs_no_memory_of_its_own()
    {
        var tokenizer = new WordPieceTokenizer(Vocabulary.Load(Golden.File("words.txt")));
        string[] texts =
        [
            string.Concat(Enumerable.Repeat("The unaffable CAFÉ, 中文 [MASK] яяя 😀!\n", 150_000)), new('a', 5_000_000),
            new('é', 2_500_000), new('[', 5_000_000), new('\ud800', 2_500_000), string.Concat(Enumerable.Repeat("[MASK", 1_000_000)),
        ];
        foreach (string text in texts)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            Assert.InRange(utf8.Length, 5_000_000, 10_000_000);
            Assert.Equal(0, Measure(tokenizer, text, utf8).Allocated);
        }
    }

    [Fact]
    public void Words_longer_than_the_scratch_are_spelled_where_the_options_allow_of_them()
    {
        var tokenizer = new WordPieceTokenizer(
            new Vocabulary(["[UNK]", "é", "##é", "a", "##a"]), new() { MaxCharactersPerWord = 5000, StripAccents = false });
        string text = new string('é', 5000) + " " + new string('a', 5000) + " " + new string('a', 5001);
        int[] found = Golden.Encode(tokenizer, text);
        Assert.Equal(10_001 * 3, found.Length);
        Assert.Equal([1, 0, 1, 2, 1, 2], found[..6]);
        Assert.Equal([4, 10_000, 10_001, 0, 10_002, 15_003], found[^6..]);
    }

    /// <summary>Special tokens that never come but might begin anywhere leave nothing to the look-ups.</summary>
    private static WordPieceTokenizer LongWayOnly(Vocabulary vocabulary, TokenizerOptions options)
    {
        IEnumerable<SpecialToken> never = Enumerable.Range(0, 128).Select(c => (char)c)
            .Concat(string.Concat(Parts).Where(c => !char.IsSurrogate(c))).Distinct()
            .Select(c => new SpecialToken($"{c}\ue000\ue001\ue002", 0));
        IEnumerable<SpecialToken> named = options.SpecialTokens.Where(token => vocabulary.TryGetId(token, out _))
            .Select(token => new SpecialToken(token, vocabulary.TryGetId(token, out int id) ? id : -1));
        return new WordPieceTokenizer(vocabulary, options, [.. named, .. never], "the test");
    }

    private static string RandomText(Random random) => string.Concat(
        Enumerable.Range(0, random.Next(1, 12)).Select(_ => Parts[random.Next(Parts.Length)]));

    private static (int Tokens, long Allocated) Measure(WordPieceTokenizer tokenizer, string text, byte[] utf8)
    {
        (int wide, int narrow) = (Count(tokenizer, text), CountUtf8(tokenizer, utf8));
        Assert.Equal(wide, narrow);
        return (wide, Allocations.Least(() =>
        {
            Count(tokenizer, text);
            CountUtf8(tokenizer, utf8);
        }));
    }

    private static int Count(WordPieceTokenizer tokenizer, string text)
    {
        var sink = new Counter();
        tokenizer.Encode(text, ref sink);
        return sink.Tokens;
    }

    private static int CountUtf8(WordPieceTokenizer tokenizer, byte[] utf8)
    {
        var sink = new Counter();
        tokenizer.EncodeUtf8(utf8, ref sink);
        return sink.Tokens;
    }

    private struct Counter : ITokenSink
    {
        public int Tokens;

        public bool Add(int id, int start, int end)
        {
            Tokens++;
            return true;
        }
    }
}
