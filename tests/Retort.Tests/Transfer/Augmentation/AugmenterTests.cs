using Retort.Data;
using Retort.Runs;
using Retort.Transfer.Augmentation;
using static TorchSharp.torch;

namespace Retort.Tests.Transfer.Augmentation;

/// <summary>What holds of every augmented text, whatever it is made from.</summary>
public sealed class AugmenterTests
{
    private const string Mask = "[MASK]";

    private static readonly ChineseWords Chinese = ChineseWords.Of(Enumerable.Repeat(SampleTexts.Chinese, 2).SelectMany(texts => texts));

    private static readonly Neighbours Near = MakeNeighbours([.. SampleTexts.English, .. SampleTexts.Chinese]);

    private static readonly AugmentationOptions Nothing = new() { Copies = 5, Mask = 0, Replace = 0, Ngram = 0 };

    /// <summary>Settings that use every operation, alone and together.</summary>
    private static readonly Dictionary<string, AugmentationOptions> Settings = new()
    {
        ["defaults"] = new AugmentationOptions { Copies = 5 },
        ["mask"] = Nothing with { Mask = 0.5 },
        ["replace"] = Nothing with { Replace = 1 },
        ["swap"] = Nothing with { Swap = 0.3 },
        ["delete"] = Nothing with { Delete = 0.5 },
        ["insert"] = Nothing with { Insert = 0.3 },
        ["ngram"] = Nothing with { Ngram = 1 },
        ["pair"] = Nothing with { Pair = 1 },
        ["all"] = new AugmentationOptions { Copies = 5, Pair = 0.3, Swap = 0.1, Delete = 0.1, Insert = 0.1 },
        ["characters"] = new AugmentationOptions { Copies = 5, Swap = 0.1, Delete = 0.1, Insert = 0.1, Chinese = ChineseUnit.Characters },
    };

    public static TheoryData<string> Names => [.. Settings.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_text_is_blank_or_without_a_word_or_another_that_is_there(string name)
    {
        AugmentationOptions options = Settings[name];
        string[] others = ["very slow", "房间", "a gorgeous movie"];
        var taken = SampleTexts.All.Concat(others).Select(TextKey.Normalized).ToHashSet();
        for (int seed = 1; seed <= 5; seed++)
        {
            string[] made = Make(options with { Seed = seed }, SampleTexts.All, others);
            Assert.True(made.Length > SampleTexts.English.Length, name);
            Assert.All(made, text => Assert.Contains(text, c => char.IsLetterOrDigit(c)));
            Assert.All(made, text => Assert.DoesNotContain(text, c => c is '\t' or '\n' or '\r'));
            Assert.All(made, text => Assert.NotEmpty(text.Replace(Mask, "", StringComparison.Ordinal).Trim()));
            Assert.All(made, text => Assert.DoesNotContain(TextKey.Normalized(text), taken));
            Assert.Equal(made.Length, made.Select(TextKey.Normalized).Distinct().Count());
            Assert.True(made.Length <= options.Copies * SampleTexts.All.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_seed_decides_everything(string name)
    {
        AugmentationOptions options = Settings[name];
        string[] first = Make(options, SampleTexts.All);
        Assert.Equal(first, Make(options, SampleTexts.All));
        Assert.False(first.SequenceEqual(Make(options with { Seed = 2 }, SampleTexts.All)), name);
    }

    [Fact]
    public void Fewer_copies_are_the_beginning_of_more()
    {
        var options = new AugmentationOptions { Copies = 5, Swap = 0.1 };
        string[] all = Make(options, SampleTexts.All);
        string[] two = Make(options with { Copies = 2 }, SampleTexts.All);
        Assert.Equal(two, all[..two.Length]);
        Assert.True(two.Length < all.Length);
    }

    [Fact]
    public void A_text_does_not_depend_on_those_that_stand_behind_it()
    {
        var options = new AugmentationOptions { Copies = 1 };
        string[] few = Make(options, SampleTexts.English), more = Make(options, [.. SampleTexts.English, .. SampleTexts.Chinese]);
        Assert.Equal(SampleTexts.English.Length, few.Length);
        Assert.Equal(few, more[..few.Length]);
    }

    [Theory]
    [InlineData("😀")]
    [InlineData("...")]
    [InlineData("xyzzy")]
    public void A_text_that_has_no_variant_has_none(string text) => Assert.Empty(Make(new AugmentationOptions { Copies = 20 }, [text]));

    [Fact]
    public void A_text_of_one_word_has_as_many_variants_as_the_word_has_neighbours()
    {
        string[] made = Make(Nothing with { Replace = 1, Copies = 50 }, ["Film"]);
        Assert.Equal(Near.Of("film").Select(word => string.Concat(word[..1].ToUpperInvariant(), word.AsSpan(1))).Order(), made.Order());
    }

    [Fact]
    public void Words_come_from_the_texts_and_their_neighbours_alone()
    {
        var options = new AugmentationOptions { Copies = 10, Insert = 0.2, Swap = 0.2, Pair = 0.5 };
        string[] made = [.. new Augmenter(options, ChineseWords.None, MakeNeighbours(SampleTexts.English), Mask)
            .Run(SampleTexts.English, [], Path.GetTempPath(), TestContext.Current.CancellationToken)];
        var known = WordSpace.WordsOf(SampleTexts.English, ChineseWords.None).Append("mask").ToHashSet();
        Assert.All(WordSpace.WordsOf(made, ChineseWords.None), word => Assert.Contains(word, known));
    }

    [Fact]
    public void Shares_are_what_they_say()
    {
        string[] texts = [.. Enumerable.Range(0, 400).Select(k => string.Join(' ', Enumerable.Range(0, 25).Select(n => $"w{(k + n * n) % 500}x")))];
        string[] masked = Make(Nothing with { Mask = 0.1, Copies = 1 }, texts);
        Assert.InRange(masked.Sum(text => text.Split(' ').Count(word => word == Mask)), 900, 1100);
        string[] deleted = Make(Nothing with { Delete = 0.2, Copies = 1 }, texts);
        Assert.InRange(deleted.Sum(text => text.Split(' ').Length), 7850, 8150);
        string[] cut = Make(Nothing with { Mask = 0.1, Ngram = 0.25, Copies = 1 }, texts);
        Assert.InRange(cut.Count(text => text.Split(' ').Length <= 5), 70, 130);
    }

    private static string[] Make(AugmentationOptions options, string[] texts, params string[] others)
    {
        options.Validate();
        ChineseWords chinese = options.Chinese == ChineseUnit.Words ? Chinese : ChineseWords.None;
        return [.. new Augmenter(options, chinese, Near, Mask).Run(texts, others, Path.GetTempPath(), TestContext.Current.CancellationToken)];
    }

    private static Neighbours MakeNeighbours(string[] texts)
    {
        string[] words = WordSpace.WordsOf(texts, Chinese);
        var random = new SeededRandom(5);
        using var space = new WordSpace(words, tensor(Enumerable.Range(0, words.Length * 8).Select(_ => (float)random.Share() - 0.5f).ToArray(), [words.Length, 8]));
        return Neighbours.Find([space], 12);
    }
}
