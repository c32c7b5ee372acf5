using System.Text.Json.Nodes;
using Google.Protobuf;
using Retort.Runs;
using Retort.Teachers.Text;

namespace Retort.Tests.Teachers.Text;

/// <summary>SentencePiece's unigram model by hand, and against the reference: tools/encoder-golden/token_golden.mjs.</summary>
public sealed class SentencePieceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_reference_gives_the_same_ids()
    {
        ITextTokenizer tokenizer = TextTokenizer.Load(GoldenEncoders.Place("albert"));
        foreach (JsonNode? row in JsonNode.Parse(File.ReadAllText(GoldenEncoders.Place("albert/tokens.json")))!.AsArray())
        {
            string text = (string)row!["text"]!;
            Assert.Equal((text, string.Join(' ', row["ids"]!.AsArray().Select(id => (int)id!))), (text, string.Join(' ', tokenizer.Encode(text))));
        }
    }

    // Of "▁ab": "▁a"+"b" has −1 −4, "▁"+"ab" −2 −2.5: the latter is likelier.
    [Theory]
    [InlineData("ab", "▁|ab")]
    [InlineData("a", "▁a")]
    [InlineData("a b", "▁a|▁|b")]
    [InlineData("  a   b ", "▁a|▁|b")]
    [InlineData("aab", "▁a|ab")]
    [InlineData("xy", "▁|<unk>")]
    [InlineData("xay", "▁|<unk>|a|<unk>")]
    [InlineData("😀b", "▁|<unk>|b")]
    [InlineData("a[SEP] b", "▁a|[SEP]|▁|b")]
    [InlineData("", "")]
    [InlineData("   ", "")]
    public void The_likeliest_pieces_are_found(string text, string expected)
    {
        Write(Albert);
        Assert.Equal(expected, string.Join('|', TextTokenizer.Load(_folder.Path).Encode(text).Select(id => Albert[id].Text)));
    }

    [Theory]
    [InlineData("A\u0301B", "▁|ab")]
    [InlineData("Á", "▁a")]
    public void Albert_reads_lower_case_without_accents(string text, string expected)
    {
        Write(Albert);
        Assert.Equal(expected, string.Join('|', TextTokenizer.Load(_folder.Path).Encode(text).Select(id => Albert[id].Text)));
        File.WriteAllText(_folder["tokenizer_config.json"], """{"do_lower_case": false, "keep_accents": true}""");
        Assert.NotEqual(expected, string.Join('|', TextTokenizer.Load(_folder.Path).Encode(text).Select(id => Albert[id].Text)));
    }

    // From transformers' XLMRobertaTokenizer: <s> 0, <pad> 1, </s> 2, <unk> 3, then the model's pieces one further, <mask> last.
    [Fact]
    public void XlmRoberta_numbers_its_pieces_as_fairseq_does()
    {
        (string, float, int)[] pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁a", -1, 1), ("b", -2, 1)];
        Write(pieces, "sentencepiece.bpe.model");
        ITextTokenizer tokenizer = TextTokenizer.Load(_folder.Path);
        Assert.Equal([4, 5, 3, 6], tokenizer.Encode("abx<mask>"));
        Assert.Equal((7, 0, 2), (tokenizer.Count, tokenizer.FirstId, tokenizer.LastId));
    }

    [Theory]
    [InlineData(2, "is no unigram model")]
    [InlineData(4, "is no unigram model")]
    public void Another_kind_of_model_is_refused(int kind, string message)
    {
        Write(Albert, kind: kind);
        Assert.Contains(message, Assert.Throws<RetortException>(() => TextTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_cut_off_or_empty_is_refused()
    {
        byte[] whole = File.ReadAllBytes(GoldenEncoders.Place("albert/spiece.model"));
        File.WriteAllBytes(_folder["spiece.model"], whole[..^9]);
        Assert.Contains("is no whole SentencePiece model", Assert.Throws<RetortException>(() => TextTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(_folder["spiece.model"], []);
        Assert.Contains("has 0 pieces, none for what is unknown", Assert.Throws<RetortException>(() => TextTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_a_frame_is_refused()
    {
        Write([("<unk>", 0, 2), ("▁a", -1, 1)]);
        Assert.Contains("has no piece '[CLS]'", Assert.Throws<RetortException>(() => TextTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_added_to_the_model_is_refused_and_one_that_it_has_is_not()
    {
        File.Copy(GoldenEncoders.Place("albert/spiece.model"), _folder["spiece.model"]);
        int mask = TextTokenizer.Load(_folder.Path).Encode("[MASK]").Single();
        File.WriteAllText(_folder["added_tokens.json"], $$"""{"[MASK]": {{mask}}}""");
        Assert.Equal([mask], TextTokenizer.Load(_folder.Path).Encode("[MASK]"));
        File.WriteAllText(_folder["added_tokens.json"], """{"@user": 30000}""");
        Assert.Contains("adds the token '@user' to the SentencePiece model", Assert.Throws<RetortException>(() => TextTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_json_alone_is_refused_with_the_file_that_is_needed()
    {
        File.WriteAllText(_folder["tokenizer.json"], """{"model": {"type": "Unigram", "vocab": []}}""");
        Assert.Contains("expected spiece.model or sentencepiece.bpe.model beside it", Assert.Throws<RetortException>(() => TextTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private static readonly (string Text, float Score, int Sort)[] Albert =
    [
        ("<pad>", 0, 3), ("<unk>", 0, 2), ("[CLS]", 0, 3), ("[SEP]", 0, 3), ("[MASK]", 0, 3),
        ("▁a", -1, 1), ("▁", -2, 1), ("ab", -2.5f, 1), ("a", -3, 1), ("b", -4, 1),
    ];

    private void Write((string Text, float Score, int Sort)[] pieces, string name = "spiece.model", int kind = 1)
    {
        using FileStream file = File.Create(_folder[name]);
        using var output = new CodedOutputStream(file);
        foreach ((string text, float score, int sort) in pieces)
        {
            WriteMessage(output, 1, piece =>
            {
                piece.WriteRawTag(1 << 3 | 2);
                piece.WriteString(text);
                piece.WriteRawTag(2 << 3 | 5);
                piece.WriteFloat(score);
                piece.WriteRawTag(3 << 3);
                piece.WriteEnum(sort);
            });
        }
        WriteMessage(output, 2, trainer =>
        {
            trainer.WriteRawTag(3 << 3);
            trainer.WriteEnum(kind);
        });
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using var content = new MemoryStream();
        using (var inner = new CodedOutputStream(content, leaveOpen: true))
            write(inner);
        output.WriteRawTag((byte)(field << 3 | 2));
        output.WriteBytes(ByteString.CopyFrom(content.ToArray()));
    }
}
