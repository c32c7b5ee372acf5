using Retort.Runtime.Text;
using Retort.Tests;

namespace Retort.Runtime.Tests.Text;

public sealed class WordPieceTokenizerTests
{
    private static readonly string[] Tokens =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "hello", ",", "!", "中", "文", "e"];

    private static readonly WordPieceTokenizer Small = new(new Vocabulary(Tokens));

    [Fact]
    public void Words_are_spelled_from_the_longest_pieces_with_their_places() =>
        Assert.Equal(
            [new(5, 0, 2), new(6, 2, 5), new(7, 5, 9), new(9, 9, 10), new(8, 11, 16), new(10, 16, 17)],
            Encode(Small, "unaffable, HELLO!"));

    [Fact]
    public void A_word_without_pieces_is_unknown_as_a_whole() =>
        Assert.Equal([new(1, 0, 5), new(8, 6, 11)], Encode(Small, "unxyz hello"));

    [Fact]
    public void Offsets_count_code_units_of_the_original_text() =>
        Assert.Equal([new(1, 0, 2), new(8, 3, 8)], Encode(Small, "😀 hello"));

    [Fact]
    public void Chinese_characters_stand_alone() =>
        Assert.Equal([new(11, 0, 1), new(12, 1, 2), new(8, 2, 7)], Encode(Small, "中文hello"));

    [Fact]
    public void Accents_and_case_are_dropped_unless_the_model_is_cased()
    {
        Assert.Equal([new Token(13, 0, 1)], Encode(Small, "É"));
        var cased = new WordPieceTokenizer(new Vocabulary(Tokens), new TokenizerOptions { Lowercase = false });
        Assert.Equal([new Token(1, 0, 1)], Encode(cased, "É"));
    }

    [Fact]
    public void Special_tokens_are_found_in_the_raw_text() =>
        Assert.Equal([new(8, 0, 5), new(4, 5, 11), new(8, 11, 16)], Encode(Small, "hello[MASK]hello"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void Truncation_keeps_the_first_tokens(int most)
    {
        var tokens = new List<Token> { new(0, 0, 0) };
        Small.Encode("unaffable[MASK] hello", tokens, most);
        Assert.Equal([new(0, 0, 0), .. Encode(Small, "unaffable[MASK] hello").Take(most)], tokens);
    }

    [Fact]
    public void The_published_English_tokenizer_loads()
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.Load(TestPaths.Model("minilm"));
        Assert.Equal(30522, tokenizer.Vocabulary.Count);
        Assert.Equal(["this", "is", "an", "example", "sentence"],
            Encode(tokenizer, "This is an example sentence").Select(token => tokenizer.Vocabulary[token.Id]));
    }

    private static List<Token> Encode(WordPieceTokenizer tokenizer, string text)
    {
        var tokens = new List<Token>();
        tokenizer.Encode(text, tokens);
        return tokens;
    }
}
