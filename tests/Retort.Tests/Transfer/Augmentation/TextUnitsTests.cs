using Retort.Data;
using Retort.Transfer.Augmentation;

namespace Retort.Tests.Transfer.Augmentation;

public sealed class TextUnitsTests
{
    [Theory]
    [InlineData("a witty film .", "a|witty|film|.")]
    [InlineData("it 's n't don't well-made", "it|'s|n't|don't|well-made")]
    [InlineData("The end, really!", "The|end|,|really|!")]
    [InlineData("3.5 stars, 1,000 votes.", "3.5|stars|,|1,000|votes|.")]
    [InlineData("'quoted words'", "'|quoted|words|'")]
    [InlineData("房间OK，很好", "房|间|OK|，|很|好")]
    [InlineData("cafe\u0301 😀😀!", "cafe\u0301|😀😀!")]
    [InlineData("[MASK]", "[|MASK|]")]
    [InlineData("-", "-")]
    [InlineData(" \t\n", "")]
    public void A_text_is_cut_into_words_and_what_stands_between_them(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', TextUnits.Split(text, ChineseWords.None).Select(unit => unit.Text)));

    [Theory]
    [InlineData("a film .", "a,film")]
    [InlineData("...😀 x 7", "x,7")]
    [InlineData("好！", "好")]
    public void Punctuation_and_emoji_are_no_words(string text, string words) =>
        Assert.Equal(words, string.Join(',', TextUnits.Split(text, ChineseWords.None).Where(unit => unit.IsWord).Select(unit => unit.Text)));

    [Fact]
    public void What_was_cut_is_joined_to_the_same_text_but_for_blanks()
    {
        foreach (string text in SampleTexts.All)
        {
            string joined = TextUnits.Join(TextUnits.Split(text, ChineseWords.Of(SampleTexts.Chinese)));
            Assert.Equal(TextKey.Normalized(text), TextKey.Normalized(joined));
            Assert.DoesNotContain('\t', joined);
            Assert.DoesNotContain('\n', joined);
        }
        Assert.Equal("a b, 房间OK", TextUnits.Join(TextUnits.Split(" a\t b,\n房间OK ", ChineseWords.None)));
    }

    [Fact]
    public void Words_that_come_together_get_a_blank_and_Chinese_ones_do_not()
    {
        TextUnit[] units = [new("one", UnitKind.Word, false), new("two", UnitKind.Word, false), new("好", UnitKind.Word, false), new("[MASK]", UnitKind.Mask, false)];
        Assert.Equal("one two好[MASK]", TextUnits.Join(units));
    }

    [Fact]
    public void Chinese_words_are_runs_that_stand_together_more_often_than_by_chance()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(k => $"{Filler(20 * k)}{(k % 5 == 0 ? "酒店" : "")}{Filler(20 * k + 10)}{(k % 14 == 0 ? "性价比" : "")}")];
        ChineseWords words = ChineseWords.Of(texts);
        Assert.Equal(["性价比", "很", "好", "酒店", "房", "间"], words.Cut("性价比很好酒店房间"));
        Assert.Equal(["酒", "店"], ChineseWords.None.Cut("酒店"));
    }

    private static string Filler(int start) => string.Concat(Enumerable.Range(0x4E00 + start, 10).Select(c => (char)c));
}
