using Retort.Data;

namespace Retort.Tests.Data;

public class TextKeyTests
{
    [Theory]
    [InlineData("Good Film", "goodfilm")]
    [InlineData("ＡＢＣ！　１２３～", "abc!123~")]
    [InlineData("Ünï CÖDE", "ünïcöde")]
    [InlineData("a\u00A0\u3000\tb\n", "ab")]
    [InlineData("𐐀", "𐐨")]
    [InlineData("Ａ", "Ａ")]
    public void Case_width_and_blanks_do_not_count_when_normalized(string a, string b)
    {
        Assert.Equal(TextKey.Normalized(a), TextKey.Normalized(b));
        Assert.Equal(a == b, TextKey.Exact(a) == TextKey.Exact(b));
    }

    [Theory]
    [InlineData("good film", "good films")]
    [InlineData("a.", "a")]
    [InlineData("é", "e\u0301")]
    [InlineData("ab", "ba")]
    [InlineData("", "\0")]
    public void Other_differences_count(string a, string b) => Assert.NotEqual(TextKey.Normalized(a), TextKey.Normalized(b));

    [Fact]
    public void A_million_texts_that_differ_little_have_a_million_keys()
    {
        var keys = new HashSet<UInt128>();
        Span<char> text = stackalloc char[4];
        for (int i = 0; i < 1_000_000; i++)
        {
            for (int j = 0; j < text.Length; j++)
                text[j] = (char)('a' + i / (int)Math.Pow(32, j) % 32);
            keys.Add(TextKey.Exact(text.ToString()));
        }
        Assert.Equal(1_000_000, keys.Count);
    }
}
