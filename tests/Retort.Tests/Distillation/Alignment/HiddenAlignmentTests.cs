using Retort.Distillation.Alignment;
using Retort.Runs;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation.Alignment;

public sealed class HiddenAlignmentTests
{
    // The states of texts 0, 2 and 3 of four.
    private static readonly float[][] States = [[1, 2, 3, 6], [4, 0, -1, 1], [0, 5, 2, 1]];

    [Fact]
    public void Only_texts_with_a_state_count()
    {
        using var scope = NewDisposeScope();
        using HiddenAlignment alignment = Of(new() { Projection = Projection.None }, 4);
        Tensor features = arange(12, dtype: float32).view(3, 4).requires_grad_();
        Tensor loss = Loss(alignment, features, [3, 1, 0]);
        Tensor two = features.index_select(0, tensor(new long[] { 0, 2 }));
        Tensor states = Losses.Standardized(tensor([.. States[2], .. States[0]], [2, 4]));
        Assert.Equal((two - states).square().mean().ToDouble(), loss.ToDouble(), 1e-5);
        loss.backward();
        Assert.Equal([0, 0, 0, 0], features.grad![1].data<float>().ToArray());
        Assert.True(features.grad[0].abs().min().ToDouble() > 0);
    }

    [Fact]
    public void Without_any_there_is_no_loss()
    {
        using var scope = NewDisposeScope();
        using HiddenAlignment alignment = Of(new(), 4);
        Tensor features = ones(1, 4).requires_grad_();
        Assert.Null(alignment.Loss(Features(features), [1]));
    }

    [Theory]
    [InlineData(Projection.None, AlignmentDirection.StudentToTeacher, "")]
    [InlineData(Projection.Linear, AlignmentDirection.StudentToTeacher, "first.weight 4×7, first.bias 4")]
    [InlineData(Projection.Linear, AlignmentDirection.TeacherToStudent, "first.weight 7×4, first.bias 7")]
    [InlineData(Projection.Adaptive, AlignmentDirection.StudentToTeacher, "scale 1, first.weight 8×7, first.bias 8, second.weight 4×8, second.bias 4")]
    public void The_projection_is_from_one_width_to_the_other(Projection projection, AlignmentDirection direction, string parameters)
    {
        using HiddenAlignment alignment = Of(new() { Projection = projection, Direction = direction }, projection == Projection.None ? 4 : 7);
        Assert.Equal(parameters.Split(", ", StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            alignment.Heads.named_parameters().Select(p => $"{p.name["projector_0.".Length..]} {string.Join('×', p.parameter.shape)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_adaptive_projection_is_two_layers_times_a_scale()
    {
        using var scope = NewDisposeScope();
        using var projector = new Projector(Projection.Adaptive, 3, 2);
        Dictionary<string, Tensor> p = projector.named_parameters().ToDictionary(pair => pair.name, pair => (Tensor)pair.parameter);
        using (no_grad())
            p["scale"].fill_(2.5);
        Tensor input = randn(5, 3);
        Tensor inside = (input.matmul(p["first.weight"].t()) + p["first.bias"]).clamp_min(0);
        Tensor expected = 2.5 * (inside.matmul(p["second.weight"].t()) + p["second.bias"]);
        Assert.True(expected.allclose(projector.call(input), rtol: 1e-5, atol: 1e-6));
    }

    [Theory]
    [InlineData(HiddenLoss.Mse, Projection.Linear, AlignmentDirection.StudentToTeacher)]
    [InlineData(HiddenLoss.Mse, Projection.Adaptive, AlignmentDirection.StudentToTeacher)]
    [InlineData(HiddenLoss.Cosine, Projection.Linear, AlignmentDirection.StudentToTeacher)]
    [InlineData(HiddenLoss.Mse, Projection.None, AlignmentDirection.StudentToTeacher)]
    [InlineData(HiddenLoss.Mse, Projection.Linear, AlignmentDirection.TeacherToStudent)]
    [InlineData(HiddenLoss.Similarity, Projection.Linear, AlignmentDirection.StudentToTeacher)]
    public void Features_that_can_be_the_states_drive_it_to_0(HiddenLoss loss, Projection projection, AlignmentDirection direction)
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        using HiddenAlignment alignment = Of(new() { Loss = loss, Projection = projection, Direction = direction }, 4);
        var features = nn.Parameter(randn(3, 4));
        var optimizer = optim.Adam([features, .. alignment.Heads.parameters()], 0.02);
        double first = 0, last = 0;
        for (int step = 0; step < 1500; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            Tensor value = Loss(alignment, features, [0, 2, 3]);
            value.backward();
            optimizer.step();
            last = value.ToDouble();
            first = step == 0 ? last : first;
        }
        Assert.True(first > 0.05, $"{first}");
        Assert.InRange(last, -1e-6, 1e-3);
    }

    [Fact]
    public void Projected_states_that_are_all_alike_are_told()
    {
        using HiddenAlignment toStudent = Of(new() { Direction = AlignmentDirection.TeacherToStudent }, 5), toTeacher = Of(new(), 5);
        Assert.False(toStudent.HasCollapsed([0, 2, 3]));
        foreach (HiddenAlignment alignment in (HiddenAlignment[])[toStudent, toTeacher])
        {
            using var guard = no_grad();
            alignment.Heads.named_parameters().Single(p => p.name == "projector_0.first.weight").parameter.zero_();
        }
        Assert.True(toStudent.HasCollapsed([0, 2, 3]));
        Assert.False(toStudent.HasCollapsed([0, 1]));
        Assert.False(toStudent.HasCollapsed([1]));
        Assert.False(toTeacher.HasCollapsed([0, 2, 3]));
    }

    [Fact]
    public void Features_weigh_as_much_as_the_task_depends_on_them()
    {
        using var scope = NewDisposeScope();
        using HiddenAlignment alignment = Of(new() { Projection = Projection.None, FeatureWeights = FeatureWeights.Gradient }, 4);
        Tensor features = arange(8, dtype: float32).view(2, 4).requires_grad_();
        Tensor squares = (features - Losses.Standardized(tensor([.. States[0], .. States[1]], [2, 4]))).square();
        // While nothing is known all weigh alike.
        Assert.Equal(squares.mean().ToDouble(), Loss(alignment, features, [0, 2]).ToDouble(), 1e-4);
        alignment.Observe(3 * features[0, 1] - features[1, 1] + 4 * features[1, 3], Features(features));
        Assert.Equal((squares * tensor(new float[] { 0, 2, 0, 2 })).mean().ToDouble(), Loss(alignment, features, [0, 2]).ToDouble(), 1e-3);
        alignment.Observe(8 * features[0, 0], Features(features));
        // 0.99 · 0.02 for two of them, 0.04 for the new one.
        double[] weights = [0.04, 0.0198, 0, 0.0198];
        Tensor expected = (squares * tensor(weights, dtype: float32) / weights.Average()).mean();
        Assert.Equal(expected.ToDouble(), Loss(alignment, features, [0, 2]).ToDouble(), 1e-3);
        Assert.Null(features.grad);
        Loss(alignment, features, [0, 2]).backward();
        Assert.NotNull(features.grad);
    }

    [Fact]
    public void Unlike_widths_want_a_projection()
    {
        var error = Assert.Throws<UsageException>(() => Of(new() { Projection = Projection.None }, 5));
        Assert.Equal("hidden.projection", error.Key);
        Assert.Equal("hidden.projection is none, and the student has 5 pooled features, the teacher's states 4: expected as many, linear or adaptive; "
            + "or hidden.loss similarity, which compares no widths", error.Message);
        Of(new() { Projection = Projection.None, Loss = HiddenLoss.Similarity }, 5).Dispose();
    }

    private static Tensor Loss(HiddenAlignment alignment, Tensor pooled, int[] batch) => alignment.Loss(Features(pooled), batch)!;

    private static StudentFeatures Features(Tensor pooled) => new(pooled, pooled, null!);

    private static HiddenAlignment Of(HiddenOptions options, int features) =>
        new(new HiddenInput(options, 4, [0, 2, 3], rows => [.. rows.SelectMany(row => States[row])]), features, CPU);
}
