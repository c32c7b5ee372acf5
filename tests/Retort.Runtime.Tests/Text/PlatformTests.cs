using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Retort.Runtime.Text;
using Retort.Tests;

namespace Retort.Runtime.Tests.Text;

public sealed class PlatformTests
{
    private static readonly string[] CultureBound =
    [
        "String.Normalize", "String.IsNormalized", "String.ToLower", "String.ToUpper", "String.ToLowerInvariant",
        "String.ToUpperInvariant", "Char.ToLower", "Char.ToUpper", "Char.ToLowerInvariant", "Char.ToUpperInvariant",
        "Char.GetUnicodeCategory", "Rune.ToLowerInvariant", "Rune.ToUpperInvariant", "Rune.GetUnicodeCategory",
    ];

    // The tests themselves run without ICU (InvariantGlobalization); with ICU nothing changes if it is never asked.
    [Fact]
    public void The_runtime_calls_nothing_that_depends_on_ICU_or_on_the_platforms_character_tables()
    {
        using FileStream image = File.OpenRead(typeof(WordPieceTokenizer).Assembly.Location);
        using var file = new PEReader(image);
        MetadataReader metadata = file.GetMetadataReader();
        List<string> calls = [.. metadata.MemberReferences.Select(handle => NameOf(metadata, metadata.GetMemberReference(handle)))];
        Assert.Contains("Char.IsHighSurrogate", calls);
        Assert.DoesNotContain(calls, call => CultureBound.Contains(call)
            || call.StartsWith("CharUnicodeInfo.", StringComparison.Ordinal)
            || call.StartsWith("TextInfo.", StringComparison.Ordinal)
            || call.StartsWith("CompareInfo.", StringComparison.Ordinal));
        Assert.Equal("e\u0301", "e\u0301".Normalize());
    }

    [Fact]
    public void Long_texts_and_long_words_take_time_in_proportion()
    {
        var tokenizer = new WordPieceTokenizer(Vocabulary.Load(Golden.File("words.txt")));
        string[] texts =
        [
            new('a', 5_000_000), new('[', 5_000_000), new('\u0301', 5_000_000), new('中', 2_000_000),
            string.Concat(Enumerable.Repeat("e\u0301\u0316", 1_000_000)), string.Concat(Enumerable.Repeat("[MASK", 500_000)),
        ];
        var watch = Stopwatch.StartNew();
        List<int> counts = [.. texts.Select(text => Golden.Encode(tokenizer, text).Length / 3)];
        Assert.Equal([1, 5_000_000, 0, 2_000_000, 1, 1_000_000], counts);
        // Quadratic work would take hours; this bound holds on a busy machine too.
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(3), $"{watch.Elapsed}");
    }

    [Fact]
    public void Encoding_allocates_nothing_once_the_list_has_room()
    {
        var tokenizer = new WordPieceTokenizer(Vocabulary.Load(Golden.File("words.txt")));
        const string Text = "The unaffable CAFÉ, n\u0323\u0302o 中文 [MASK] 한국어 😀 \ufb1d \u0e02\u0e38 xxxxxxxxxxxxxxxxxx!";
        var tokens = new List<Token>(1000);
        for (int k = 0; k < 50; k++)
        {
            tokens.Clear();
            tokenizer.Encode(Text, tokens);
        }
        tokens.Clear();
        long before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.Encode(Text, tokens);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(tokens.Count > 10);
    }

    [Fact]
    public async Task One_tokenizer_serves_many_threads()
    {
        var tokenizer = new WordPieceTokenizer(Vocabulary.Load(Golden.File("words.txt")));
        string[] texts = [.. Enumerable.Range(0, 500).Select(k => $"the token {k} of É{(char)(0x300 + k)}x [MASK] 中{k}")];
        int[][] alone = [.. texts.Select(text => Golden.Encode(tokenizer, text))];
        int[][][] together = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => texts.Select(text => Golden.Encode(tokenizer, text)).ToArray(), TestContext.Current.CancellationToken)));
        Assert.All(together, answers => Assert.Equal(alone, answers));
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        var vocabulary = new Vocabulary(["[UNK]"]);
        Assert.Contains("MaxCharactersPerWord is 0", Assert.Throws<ArgumentException>(
            () => new WordPieceTokenizer(vocabulary, new() { MaxCharactersPerWord = 0 })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new WordPieceTokenizer(vocabulary, new() { MaskToken = "" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WordPieceTokenizer(vocabulary).Encode("a", [], -1));
        var defaults = new TokenizerOptions();
        Assert.Equal((true, null, true, true, 100, "##"), (defaults.Lowercase, defaults.StripAccents,
            defaults.SplitChineseCharacters, defaults.CleanText, defaults.MaxCharactersPerWord, defaults.ContinuationPrefix));
    }

    /// <summary>Tokens of SST-2's training texts, counted by the reference; the speed goes into the test's output.</summary>
    [Fact]
    public void A_real_corpus_is_read_in_seconds()
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.Load(TestPaths.Model("minilm"));
        string[] texts = [.. File.ReadLines(TestPaths.Data("sst2_glue", "train.tsv")).Skip(1).Select(line => line.Split('\t')[0])];
        var tokens = new List<Token>(1 << 20);
        long best = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            tokens.Clear();
            long start = Stopwatch.GetTimestamp();
            foreach (string text in texts)
                tokenizer.Encode(text, tokens);
            best = Math.Min(best, (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{texts.Length} texts in {best} ms, {tokens.Count} tokens");
        Assert.Equal(762_340, tokens.Count);
        Assert.True(best < 30_000, $"{best} ms");
    }

    private static string NameOf(MetadataReader metadata, MemberReference member)
    {
        string owner = member.Parent.Kind == HandleKind.TypeReference
            ? metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name)
            : "";
        return $"{owner}.{metadata.GetString(member.Name)}";
    }
}
