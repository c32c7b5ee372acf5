using Retort.Distillation.Alignment;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation.Alignment;

public sealed class AlignmentLossesTests
{
    private const double Tolerance = 1e-9;

    private static readonly double[,] Answer = { { 1, 2, -1 }, { 0.5, -0.5, 0 }, { 2, 2, 1 } };
    private static readonly double[,] Target = { { 2, 0, 1 }, { -1, 3, 0.5 }, { 0, 1, -1 } };

    public static TheoryData<string> Terms => [.. All.Keys];

    private static Dictionary<string, Func<Tensor, Tensor, Tensor>> All { get; } = new()
    {
        ["mse"] = (answer, target) => AlignmentLosses.Mse(answer, target),
        ["weighted mse"] = (answer, target) => AlignmentLosses.Mse(answer, target, tensor(new double[] { 0.5, 0, 2.5 })),
        ["cosine"] = AlignmentLosses.Cosine,
        ["similarity"] = AlignmentLosses.Similarity,
        ["contrastive"] = (answer, target) => AlignmentLosses.Contrastive(answer, target, 0.5),
    };

    [Theory]
    [InlineData("mse", 3.638888888888889)]
    [InlineData("cosine", 1.155058587456067)]
    [InlineData("similarity", 0.2721886993863899)]
    [InlineData("contrastive", 2.2715517245714913)]
    public void Each_is_as_computed_by_hand(string term, double expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, All[term](tensor(Answer), tensor(Target)).item<double>(), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Terms))]
    public void Gradients_are_those_of_finite_differences(string term)
    {
        using var scope = NewDisposeScope();
        Tensor answer = tensor(Answer).requires_grad_();
        All[term](answer, tensor(Target)).backward();
        for (int k = 0; k < Answer.Length; k++)
            Assert.Equal((At(k, 1e-5) - At(k, -1e-5)) / 2e-5, answer.grad!.flatten()[k].item<double>(), 1e-7);

        double At(int k, double step)
        {
            Tensor moved = tensor(Answer);
            moved.view(-1)[k] = moved.view(-1)[k] + step;
            return All[term](moved, tensor(Target)).item<double>();
        }
    }

    [Fact]
    public void What_is_alike_is_at_no_distance()
    {
        using var scope = NewDisposeScope();
        Tensor target = tensor(Target);
        Assert.Equal(0, AlignmentLosses.Mse(target, target).item<double>(), Tolerance);
        Assert.Equal(0, AlignmentLosses.Cosine(target * 3, target).item<double>(), Tolerance);
        // Turned as a whole, texts are as like each other as they were.
        Assert.Equal(0, AlignmentLosses.Similarity(target.flip(1) * 2, target).item<double>(), Tolerance);
        Assert.InRange(AlignmentLosses.Contrastive(target, target, 0.01).item<double>(), 0, 1e-6);
    }

    [Fact]
    public void Normalized_rows_have_a_mean_of_0_and_a_deviation_of_1()
    {
        using var scope = NewDisposeScope();
        double[] rows = Losses.Standardized(tensor(new double[,] { { 1, 3 }, { 50, -50 }, { 7, 7 } })).data<double>().ToArray();
        Assert.Equal([-1, 1, 1, -1, 0, 0], rows, (a, b) => Math.Abs(a - b) < Tolerance);
    }
}
