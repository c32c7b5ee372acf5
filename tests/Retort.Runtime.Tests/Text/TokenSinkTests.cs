using System.Text;
using Retort.Runtime.Text;

namespace Retort.Runtime.Tests.Text;

public sealed class TokenSinkTests
{
    private static readonly WordPieceTokenizer Words = new(Vocabulary.Load(Golden.File("words.txt")));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_sink_that_wants_no_more_is_told_no_more(int most)
    {
        const string Text = "unaffable [MASK]中 the, the; the!";
        List<Token> all = [];
        Words.Encode(Text, all);
        List<Token> wide = [], narrow = [];
        var wideSink = new TokenListSink(wide, most);
        Words.Encode(Text, ref wideSink);
        var narrowSink = new TokenListSink(narrow, most);
        Words.EncodeUtf8(Encoding.UTF8.GetBytes(Text), ref narrowSink);
        Assert.True(all.Count > 6);
        Assert.Equal(all.Take(most), wide);
        Assert.Equal(all.Take(most).Select(token => token.Id), narrow.Select(token => token.Id));
    }

    [Fact]
    public void Offsets_of_UTF8_count_bytes_and_an_invalid_sequence_is_a_replacement_character()
    {
        var cased = new WordPieceTokenizer(new Vocabulary(["[UNK]", "a", "中", "😀", "\ufffd"]),
            new TokenizerOptions { Lowercase = false, CleanText = false });
        List<Token> tokens = [];
        var sink = new TokenListSink(tokens, int.MaxValue);
        cased.EncodeUtf8([.. "a 中 😀 "u8, 0xED, (byte)' ', 0xE4, 0xB8, (byte)' ', (byte)'a'], ref sink);
        Assert.Equal([new(1, 0, 1), new(2, 2, 5), new(3, 6, 10), new(4, 11, 12), new(4, 13, 15), new(1, 16, 17)], tokens);
    }
}
