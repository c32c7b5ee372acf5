using Retort.Distillation;
using Retort.Distillation.Alignment;
using Retort.Runtime.Text;
using Retort.Signals.Intermediate;
using Retort.Students;
using Retort.Teachers;
using Retort.Tests.Distillation;
using Retort.Tests.Teachers;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Signals.Intermediate;

public sealed class IntermediateTeacherTests : IDisposable
{
    private static readonly string[] Texts = ["a good film.", "not a very good plot, the end", "", "film"];

    private readonly TemporaryFolder _folder = new();
    private readonly Teacher _teacher;

    public IntermediateTeacherTests() => _teacher = Teacher.Load(TinyBert.Write(_folder["bert"], classes: 2), CPU);

    public void Dispose()
    {
        _teacher.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void States_and_attention_are_the_models()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var layers = new IntermediateLayers([2], PooledState.Mean, [0, 2], [1, 2], [], false);
        EncodedText[] encoded = _teacher.Encoder.EncodeAll(Texts);
        IntermediateSignal[] together = new IntermediateTeacher(_teacher, layers).Of(encoded, 1000);
        for (int k = 0; k < Texts.Length; k++)
        {
            // Alone, and so without padding.
            IntermediateSignal signal = together[k];
            Tensor ids = tensor(Array.ConvertAll(encoded[k].Windows[0], id => (long)id)).unsqueeze(0);
            Tensor states = _teacher.Module.Encode(ids, null)[0]; // (tokens, hidden)
            int tokens = encoded[k].Windows[0].Length - 2;
            Assert.Equal(tokens, signal.Tokens);
            Close(states.mean([0]), signal.Pooled);
            for (int t = 0; t < tokens; t++)
                Close(states[t + 1], signal.State(1, t));
            Dictionary<string, Tensor> p = _teacher.Module.named_parameters().ToDictionary(pair => pair.name, pair => (Tensor)pair.parameter);
            Tensor embedded = p["bert.embeddings.word_embeddings.weight"].index_select(0, ids[0]) + p["bert.embeddings.position_embeddings.weight"].narrow(0, 0, ids.shape[1])
                + p["bert.embeddings.token_type_embeddings.weight"][0];
            Tensor normed = nn.functional.layer_norm(embedded, [TinyBert.Hidden], p["bert.embeddings.LayerNorm.weight"], p["bert.embeddings.LayerNorm.bias"], 1e-12);
            Tensor query = Heads("query"), key = Heads("key");
            // What stands in the text's own columns, scaled to a sum of 1.
            Tensor own = (query.matmul(key.transpose(1, 2)) / Math.Sqrt(TinyBert.Hidden / TinyBert.Heads)).softmax(2).narrow(2, 1, tokens);
            Tensor mean = (own / own.sum(2, keepdim: true)).mean([0]);
            for (int t = 0; t < tokens; t++)
            {
                Close(normed[t + 1], signal.State(0, t));
                Close(mean[t + 1], signal.Attention(0, t));
                Assert.Equal(1, signal.Attention(1, t).ToArray().Sum(), 1e-5);
            }

            Tensor Heads(string name) => (normed.matmul(p[$"bert.encoder.layer.0.attention.self.{name}.weight"].t()) + p[$"bert.encoder.layer.0.attention.self.{name}.bias"])
                .view(-1, TinyBert.Heads, TinyBert.Hidden / TinyBert.Heads).transpose(0, 1);
        }
        // Which texts stand in a batch together changes nothing.
        IntermediateSignal[] alone = new IntermediateTeacher(_teacher, layers).Of(encoded, 10);
        for (int k = 0; k < Texts.Length; k++)
            Assert.Equal(together[k].Values, alone[k].Values, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Chosen_heads_have_maps_of_their_own_and_their_mean_is_that_of_all()
    {
        EncodedText[] encoded = _teacher.Encoder.EncodeAll(Texts[..2]);
        foreach (bool scores in new[] { false, true })
        {
            IntermediateSignal mean = Of([], scores), all = Of([0, 1, 2, 3], scores), some = Of([3, 1], scores);
            for (int t = 0; t < mean.Tokens; t++)
            {
                for (int to = 0; to < mean.Tokens; to++)
                    Assert.Equal(mean.Attention(0, t)[to], Enumerable.Range(0, 4).Average(head => all.Attention(head, t)[to]), 1e-5);
                Assert.Equal(all.Attention(3, t).ToArray(), some.Attention(0, t).ToArray());
                Assert.Equal(all.Attention(1, t).ToArray(), some.Attention(1, t).ToArray());
            }
        }

        IntermediateSignal Of(int[] heads, bool scores) =>
            new IntermediateTeacher(_teacher, new IntermediateLayers([], PooledState.None, [], [2], heads, scores)).Of(encoded, 1000)[1];
    }

    [Fact]
    public void Long_texts_are_read_in_windows_and_their_tokens_stand_where_they_are_said_to()
    {
        foreach (LongText kind in Enum.GetValues<LongText>())
        {
            var encoder = new TextEncoder(_teacher.Tokenizer, 6, kind);
            const string Text = "not a very good plot the end";
            Token[] tokens = encoder.Locate(Text);
            Assert.Equal(kind switch
            {
                LongText.Head => "not a very good",
                LongText.HeadTail => "not a the end",
                _ => Text,
            }, string.Join(' ', tokens.Select(token => Text[token.Start..token.End])));
            EncodedText encoded = encoder.Encode(Text);
            Assert.Equal(encoded.Windows.SelectMany(window => window[1..^1]), tokens.Select(token => token.Id));
        }
    }

    [Fact]
    public void A_lower_layer_of_several_windows_is_the_mean_of_their_CLS_states_and_its_tokens_stand_one_window_behind_the_other()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        // The same weights without the second layer.
        string folder = TinyBert.Write(_folder["shallow"], classes: 2, rename: name => name.Contains("encoder.layer.1.", StringComparison.Ordinal) ? null : name);
        GoldenEncoders.Edit(Path.Combine(folder, "config.json"), "\"num_hidden_layers\":2", "\"num_hidden_layers\":1");
        using Teacher shallow = Teacher.Load(folder, CPU);
        var encoder = new TextEncoder(_teacher.Tokenizer, 6, LongText.WindowsMean);
        EncodedText[] encoded = encoder.EncodeAll(["film", "not a very good plot the end", "a good film."]);
        Assert.Equal([1, 2, 1], encoded.Select(text => text.Windows.Length));
        IntermediateSignal[] signals = new IntermediateTeacher(_teacher, new IntermediateLayers([1, 2], PooledState.Cls, [1], [], [], false)).Of(encoded, 1000);
        for (int k = 0; k < encoded.Length; k++)
        {
            Tensor[] lower = States(shallow, encoded[k]), upper = States(_teacher, encoded[k]);
            Close(stack([.. lower.Select(window => window[0])]).mean([0]), signals[k].Pooled[..TinyBert.Hidden]);
            Close(stack([.. upper.Select(window => window[0])]).mean([0]), signals[k].Pooled[TinyBert.Hidden..]);
            Tensor tokens = cat([.. lower.Select(window => window.narrow(0, 1, window.shape[0] - 2))], 0);
            Assert.Equal(tokens.shape[0], signals[k].Tokens);
            for (int t = 0; t < signals[k].Tokens; t++)
                Close(tokens[t], signals[k].State(0, t));
        }

        // Each window alone: (tokens, hidden).
        static Tensor[] States(Teacher teacher, EncodedText text) => Array.ConvertAll(text.Windows,
            window => teacher.Module.Encode(tensor(Array.ConvertAll(window, id => (long)id)).unsqueeze(0), null)[0]);
    }

    [Fact]
    public void No_gradient_reaches_a_teacher_that_is_asked_at_every_step()
    {
        var source = new IntermediateTeacher(_teacher, new IntermediateLayers([1], PooledState.Cls, [1], [1], [], false));
        TransferSet plain = ToyCorpus.Transfer();
        int asked = 0;
        var transfer = new TransferSet(plain.Labelled, [], plain.Teacher)
        {
            Hidden = new HiddenInput(new(), TinyBert.Hidden, [.. Enumerable.Range(0, plain.Texts.Count)], rows => [.. Signals(rows).SelectMany(signal => signal.Pooled.ToArray())]),
            Tokens = new TokenInput(new(), new(), source.Shape, rows => [.. Signals(rows).Select((signal, k) => new TeacherTokens(_teacher.Encoder.Locate(plain.Texts[rows[k]]), signal))]),
        };
        float[][] before = Weights();
        DistillationOptions options = ToyCorpus.Options with { Epochs = 1, HiddenWeight = 1, TokenHiddenWeight = 1, AttentionWeight = 1 };
        using StudentBlueprint blueprint = ToyCorpus.Blueprint();
        TrainingResult result = Distiller.Run(options, ToyCorpus.Student, blueprint, transfer, ToyCorpus.Rows(80, 20), null, seed: 1, warmUp: null, _folder["student"], _folder["checkpoints"], logs: null, CPU,
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(2 * result.Steps, asked);
        Assert.All(_teacher.Module.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.Equal(before, Weights());

        IntermediateSignal[] Signals(int[] rows)
        {
            asked++;
            return source.Of(_teacher.Encoder.EncodeAll(Array.ConvertAll(rows, row => plain.Texts[row])), 1000);
        }

        float[][] Weights() => [.. _teacher.Module.parameters().Select(parameter => parameter.data<float>().ToArray())];
    }

    [Fact]
    public void Byte_level_tokens_stand_where_their_bytes_do()
    {
        using Teacher teacher = Teacher.Load(GoldenEncoders.Copy("roberta", _folder["roberta"]), CPU);
        foreach (string text in (string[])["a good film", " two  blanks ", "好電影 123", "it's a😀b", "", "a<mask>b <mask>", "\ud83d alone"])
        {
            IReadOnlyList<Token> tokens = teacher.Tokenizer.Locate(text);
            Assert.Equal(teacher.Tokenizer.Encode(text), tokens.Select(token => token.Id));
            Assert.All(tokens, token => Assert.True(token.Start >= 0 && token.Start < token.End, $"{text}: {token}"));
            // A character of several bytes may belong to several tokens; none is left out, and none stands before its forerunner.
            Assert.Equal(Enumerable.Range(0, text.Length), tokens.SelectMany(token => Enumerable.Range(token.Start, token.End - token.Start)).Distinct());
        }
    }

    // The pieces of the toy model are letters and a few words; ALBERT cleans a text before, which moves what stands behind.
    [Theory]
    [InlineData("A good  film", "A| good|film")]
    [InlineData("É bad", "É| bad")]
    [InlineData("``film''", "``|film|''")]
    [InlineData("ﬁlm bad", "ﬁlm| bad")]
    [InlineData("", "")]
    public void SentencePiece_tokens_stand_over_what_they_were_cut_from(string text, string words)
    {
        using Teacher teacher = Teacher.Load(GoldenEncoders.Copy("albert", _folder["albert"]), CPU);
        IReadOnlyList<Token> tokens = teacher.Tokenizer.Locate(text);
        Assert.Equal(teacher.Tokenizer.Encode(text), tokens.Select(token => token.Id));
        Assert.All(tokens, token => Assert.InRange(token.Start, 0, token.End));
        Assert.Equal(tokens.OrderBy(token => token.Start).ThenBy(token => token.End), tokens);
        // Every word is covered from its first character to its last, and by no token that reaches beyond it and the blank before.
        int from = 0;
        foreach (string word in words.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            int start = text.IndexOf(word.Trim(), from, StringComparison.Ordinal), end = from = start + word.Trim().Length;
            Token[] over = [.. tokens.Where(token => token.Start < end && token.End > start)];
            Assert.NotEmpty(over);
            Assert.Equal(end, over[^1].End);
            Assert.All(over, token => Assert.True(token.End <= end && text[token.Start..Math.Max(token.Start, start)].All(c => c == ' '), $"{word}: {token}"));
        }
    }

    private static void Close(Tensor expected, ReadOnlySpan<float> found) => Assert.Equal(expected.data<float>().ToArray(), found.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
}
