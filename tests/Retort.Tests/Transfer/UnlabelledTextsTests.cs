using Retort.Data;
using Retort.Transfer;

namespace Retort.Tests.Transfer;

/// <summary>What may be distilled on: each text once, and none that the student is judged by.</summary>
public sealed class UnlabelledTextsTests
{
    private const double Likeness = 0.7;

    [Fact]
    public void A_text_is_kept_once_and_in_its_place()
    {
        (string[] texts, UnlabelledReport report) = Clean(["one film", "another one", "One  Film", "a third"]);
        Assert.Equal(["one film", "another one", "a third"], texts);
        Assert.Equal(new UnlabelledReport(4, 1, 0, 0, 0), report);
        Assert.Equal(3, report.Kept);
    }

    [Theory]
    [InlineData("ＡＢＣ shares rise", "abc SHARES rise")]
    [InlineData("沪燃收跌0.3% 成品油调价前景未明", "沪燃收跌０.３%　成品油调价前景未明")]
    [InlineData("x", "X")]
    public void Copies_of_train_and_of_dev_or_test_go_whatever_their_case_width_and_blanks(string own, string other)
    {
        Assert.Equal(new UnlabelledReport(1, 0, 1, 0, 0), Clean([own], [other], [], Likeness).Report);
        Assert.Equal(new UnlabelledReport(1, 0, 0, 1, 0), Clean([own], [], [other], Likeness).Report);
        Assert.Equal(new UnlabelledReport(1, 0, 0, 1, 0), Clean([own], [other], [other], 1).Report);
    }

    [Theory]
    [InlineData("上周8只基金申请募集 平安大华上报首只基金", "上周9只基金申请募集 平安大华上报首只基金")]
    [InlineData("Initializes a new instance of the HttpClient class with a handler.", "Initializes a new instance of the HttpClient class with the handler.")]
    public void A_text_that_is_nearly_one_of_dev_or_test_goes_and_with_a_likeness_of_1_it_stays(string own, string other)
    {
        Assert.Equal(new UnlabelledReport(1, 0, 0, 0, 1), Clean([own], [], [other], Likeness).Report);
        Assert.Equal(1, Clean([own], [], [other], 1).Report.Kept);
        Assert.Equal(1, Clean([own], [other], [], Likeness).Report.Kept);
    }

    [Theory]
    [InlineData("the acting is superb", "the plot is superb")]
    [InlineData("good", "bad")]
    [InlineData("", "bad")]
    [InlineData("bad", "")]
    public void A_text_that_is_another_stays(string own, string other) =>
        Assert.Equal([own], Clean([own], [], [other], Likeness).Texts);

    [Theory]
    [InlineData("abcd", "abcd", 1)]
    [InlineData("abcd", "abce", 1 / 3.0)]
    [InlineData("abcd", "wxyz", 0)]
    [InlineData("aaaa", "aaa", 1)]
    public void Likeness_is_the_share_of_trigrams_that_both_have(string a, string b, double likeness) =>
        Assert.Equal(likeness, Shingles.Jaccard(Shingles.Of(a), Shingles.Of(b)), 12);

    [Fact]
    public void Trigrams_are_those_of_characters_and_a_shorter_text_is_one()
    {
        Assert.Equal(2, Shingles.Of("😀😁😂😃").Length);
        Assert.Single(Shingles.Of("ab"));
        Assert.Empty(Shingles.Of(" \t"));
        Assert.NotEqual(Shingles.Of("ab"), Shingles.Of("b"));
    }

    /// <summary>The filter by rare shingles finds what comparing everything with everything finds.</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.7)]
    [InlineData(0.95)]
    public void Nothing_that_is_alike_is_missed(double threshold)
    {
        var random = new Random(1);
        string[] held = [.. Enumerable.Range(0, 200).Select(_ => Text(random, random.Next(0, 30)))];
        string[] texts = [.. Enumerable.Range(0, 400).Select(k => k % 2 == 0 ? Edited(random, held[random.Next(held.Length)]) : Text(random, random.Next(0, 30)))];
        var near = new NearDuplicates(held, threshold);
        bool[] expected = Array.ConvertAll(texts, text => held.Any(other => Alike(text, other, threshold)));
        Assert.Equal(expected, Array.ConvertAll(texts, near.Holds));
        Assert.InRange(expected.Count(alike => alike), 20, 380);
    }

    /// <summary>Texts by the block come to what one after the other comes to: the same texts in the same order, and the same counts.</summary>
    [Theory]
    [InlineData(0, 0.7)]
    [InlineData(1, 0.7)]
    [InlineData(4096, 1)]
    [InlineData(20_000, 0.5)]
    public void They_are_those_that_one_pass_in_memory_keeps(int count, double likeness)
    {
        var random = new Random(count);
        string[] pool = [.. Enumerable.Range(0, count / 2 + 2).Select(_ => Text(random, random.Next(0, 12)))];
        string[] texts = [.. Enumerable.Range(0, count).Select(_ => Edited(random, pool[random.Next(pool.Length)]))];
        string[] train = [.. texts.Where((_, k) => k % 41 == 0)], held = [.. texts.Where((_, k) => k % 97 == 0), "abcd abcd abcd"];
        (string[] expected, UnlabelledReport report) = Plain(texts, train, held, likeness);
        (string[] found, UnlabelledReport counted) = Clean(texts, train, held, likeness);
        Assert.Equal(report, counted);
        Assert.Equal(expected, found);
        Assert.True(count < 4096 || (report.Repeated > 0 && report.InTrain > 0 && report.InDevOrTest > 0 && report.Kept > 0));
        Assert.Equal(count == 20_000, report.NearDevOrTest > 0);
    }

    private static bool Alike(string a, string b, double threshold)
    {
        ulong[] first = Shingles.Of(a), second = Shingles.Of(b);
        return first.Length > 0 && second.Length > 0 && Shingles.Jaccard(first, second) >= threshold;
    }

    private static string Text(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(4))));

    private static string Edited(Random random, string text)
    {
        for (int edit = random.Next(4); edit > 0 && text.Length > 0; edit--)
        {
            int at = random.Next(text.Length);
            text = random.Next(2) == 0 ? text.Remove(at, 1) : text.Insert(at, Text(random, 1));
        }
        return text;
    }

    private static (string[] Texts, UnlabelledReport Report) Clean(string[] texts) => Clean(texts, [], [], Likeness);

    private static (string[] Texts, UnlabelledReport Report) Clean(string[] texts, string[] train, string[] held, double likeness)
    {
        using var folder = new TemporaryFolder();
        var kept = new List<string>();
        UnlabelledReport report = UnlabelledTexts.Clean(texts, train, held, likeness, folder.Path, kept.Add, cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(Directory.GetFiles(folder.Path));
        return ([.. kept], report);
    }

    /// <summary>The plain way: every text and every key in memory.</summary>
    private static (string[] Texts, UnlabelledReport Report) Plain(string[] texts, string[] train, string[] held, double likeness)
    {
        HashSet<UInt128> seen = [], inTrain = [.. train.Select(TextKey.Normalized)], inHeld = [.. held.Select(TextKey.Normalized)];
        NearDuplicates? near = likeness < 1 ? new NearDuplicates(held, likeness) : null;
        var kept = new List<string>();
        int repeated = 0, trained = 0, judged = 0, nearly = 0;
        foreach (string text in texts)
        {
            UInt128 key = TextKey.Normalized(text);
            if (inHeld.Contains(key))
                judged++;
            else if (inTrain.Contains(key))
                trained++;
            else if (!seen.Add(key))
                repeated++;
            else if (near is not null && near.Holds(text))
                nearly++;
            else
                kept.Add(text);
        }
        return ([.. kept], new UnlabelledReport(texts.Length, repeated, trained, judged, nearly));
    }
}
