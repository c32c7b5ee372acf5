using Retort.Distillation.Alignment;
using Retort.Runtime.Text;
using Retort.Signals.Intermediate;
using Retort.Students;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation.Alignment;

/// <summary>Attention where the student reads less of a text than the teacher.</summary>
public sealed class AttentionTransferTests
{
    private const int Width = 4;

    private static readonly Token[] TeacherTokens = [new(0, 0, 4), new(0, 5, 9), new(0, 10, 13)];

    // Who attends to whom among "good", "film" and "end"; "end" is beyond the student's length limit.
    private static readonly float[] Half = [0.2f, 0.3f, 0.5f, 0.6f, 0.2f, 0.2f, 0.1f, 0.1f, 0.8f];

    // "film" attends to hardly anything else.
    private static readonly float[] Away = [0.2f, 0.3f, 0.5f, 0.0005f, 0.0004f, 0.9991f, 0.1f, 0.1f, 0.8f];

    [Theory]
    [InlineData(AttentionLoss.Kl)]
    [InlineData(AttentionLoss.Mse)]
    public void What_falls_on_tokens_that_the_student_has_not_read_is_divided_among_the_others(AttentionLoss loss)
    {
        using var scope = NewDisposeScope();
        (double found, Tensor answer) = Loss(loss, Half);
        Tensor target = tensor(new float[] { 0.4f, 0.6f, 0.75f, 0.25f }, [2, 2]);
        Assert.Equal(Rows(loss, target, answer).mean().ToDouble(), found, 1e-5);
    }

    [Theory]
    [InlineData(AttentionLoss.Kl)]
    [InlineData(AttentionLoss.Mse)]
    public void Who_attends_to_hardly_any_token_that_the_student_has_read_is_left_out(AttentionLoss loss)
    {
        using var scope = NewDisposeScope();
        (double found, Tensor answer) = Loss(loss, Away);
        Tensor target = tensor(new float[] { 0.4f, 0.6f }, [1, 2]);
        Assert.Equal(Rows(loss, target, answer.narrow(0, 0, 1)).mean().ToDouble(), found, 1e-5);
    }

    private static Tensor Rows(AttentionLoss loss, Tensor target, Tensor answer) =>
        loss == AttentionLoss.Kl ? (target * (target.log() - answer.log())).sum(1) : (target - answer).square().sum(1);

    // With what the head says: (2, 2).
    private static (double Loss, Tensor Answer) Loss(AttentionLoss loss, float[] attention)
    {
        manual_seed(4);
        var shape = new IntermediateShape(0, 0, 1, Width);
        var input = new TokenInput(null, new() { Loss = loss, Width = 3 }, shape, rows => Array.ConvertAll(rows, _ => new TeacherTokens(TeacherTokens, new IntermediateSignal(shape, 3, attention))));
        var encoder = new StudentEncoder(new WordPieceTokenizer(new Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "film", "end"]), new TokenizerOptions()), 2);
        using var term = new AttentionTransfer(new TokenTerms(input, encoder, ["good film end"]), Width, CPU);
        Tensor map = randn(1, 2, Width);
        Dictionary<string, Tensor> p = term.Heads.named_parameters().ToDictionary(pair => pair.name, pair => (Tensor)pair.parameter);
        Tensor query = map[0].matmul(p["query.weight"].t()) + p["query.bias"], key = map[0].matmul(p["key.weight"].t()) + p["key.bias"];
        return (term.Loss(new StudentFeatures(map, map.mean([1]), null!), [0])!.ToDouble(), (query.matmul(key.t()) / Math.Sqrt(3)).softmax(1));
    }
}
