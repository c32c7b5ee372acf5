using Retort.Distillation.Alignment;
using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Signals.Intermediate;
using Retort.Students;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation.Alignment;

/// <summary>The terms of the feature map: states of tokens and attention.</summary>
public sealed class TokenTermTests
{
    private const int Width = 4;

    // The second is cut in other pieces than the teacher's; the third is empty.
    private static readonly string[] Texts = ["good film", "goodfilm end", ""];

    // good film | good fi|lm e|nd: of "goodfilm end" the student has good, ##film and end.
    private static readonly Token[][] TeacherTokens = [[new(0, 0, 4), new(0, 5, 9)], [new(0, 0, 6), new(0, 6, 8), new(0, 9, 12)], []];

    private static readonly StudentEncoder Encoder = new(new WordPieceTokenizer(new Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "film", "##film", "end"]), new TokenizerOptions()), 8);

    [Fact]
    public void A_feature_map_is_held_to_the_states_over_the_same_characters()
    {
        using var scope = NewDisposeScope();
        using var term = new TokenAlignment(Terms(new() { Projection = Projection.None }, null, 1, 0), Width, CPU);
        Tensor map = randn(2, 3, Width).requires_grad_();
        Tensor loss = term.Loss(Features(map), [0, 1])!;
        // "good" of the second is four characters of the teacher's first token, "##film" two of it and two of its second.
        Tensor first = Row(1, 0), second = Row(1, 1);
        Tensor[] expected = [Row(0, 0), Row(0, 1), first, (first + second) / 2, Row(1, 2)];
        Tensor[] positions = [map[0, 0], map[0, 1], map[1, 0], map[1, 1], map[1, 2]];
        Assert.Equal((stack(positions) - Losses.Standardized(stack(expected))).square().mean().ToDouble(), loss.ToDouble(), 1e-5);
        loss.backward();
        // The first text has no third token.
        Assert.Equal(0, map.grad![0, 2].abs().sum().ToDouble());
        Assert.True(map.grad[1, 2].abs().sum().ToDouble() > 0);
        Assert.Null(term.Loss(Features(map), [2, 2]));

        Tensor Row(int text, int token) => tensor(Signal(text, 1, 0).State(0, token).ToArray());
    }

    [Theory]
    [InlineData(LayerMapping.Mean)]
    [InlineData(LayerMapping.Each)]
    [InlineData(LayerMapping.Closest)]
    public void Several_layers_become_one_target(LayerMapping mapping)
    {
        using var scope = NewDisposeScope();
        using var alignment = new StateAlignment(new() { Projection = Projection.None, Layers = [1, 2], LayerMapping = mapping }, Width, Width);
        Tensor features = randn(5, Width), states = randn(5, 2, Width);
        double Mse(Tensor target) => (features - Losses.Standardized(target)).square().mean().ToDouble();
        (double one, double two) = (Mse(states.select(1, 0)), Mse(states.select(1, 1)));
        double expected = mapping switch
        {
            LayerMapping.Mean => Mse(states.mean([1])),
            LayerMapping.Each => (one + two) / 2,
            _ => Math.Min(one, two),
        };
        Assert.Equal(expected, alignment.Loss(features, states).ToDouble(), 1e-5);
        using var projected = new StateAlignment(new() { Layers = [1, 2], LayerMapping = mapping }, 3, Width);
        Assert.Equal(mapping == LayerMapping.Each ? 4 : 2, projected.parameters().Count());
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2)]
    public void Contrastive_finds_each_rows_own_state_at_its_temperature(double temperature)
    {
        manual_seed(5);
        using var scope = NewDisposeScope();
        using var alignment = new StateAlignment(new() { Loss = HiddenLoss.Contrastive, Projection = Projection.None, Temperature = temperature }, Width, Width);
        Tensor features = randn(3, Width), states = randn(3, 1, Width);
        float[][] answers = Rows(features), targets = Rows(Losses.Standardized(states.select(1, 0)));
        double expected = Enumerable.Range(0, 3).Average(row =>
        {
            double[] scores = [.. targets.Select(target => Cosine(answers[row], target) / temperature)];
            return Math.Log(scores.Sum(Math.Exp)) - scores[row];
        });
        Assert.Equal(expected, alignment.Loss(features, states).ToDouble(), 1e-5);

        static float[][] Rows(Tensor rows) => [.. rows.contiguous().data<float>().ToArray().Chunk(Width)];

        static double Cosine(float[] one, float[] other) =>
            one.Zip(other).Sum(pair => (double)pair.First * pair.Second) / Math.Sqrt(one.Sum(value => (double)value * value) * other.Sum(value => (double)value * value));
    }

    [Fact]
    public void Features_of_a_map_weigh_as_much_as_the_task_depends_on_them_at_all_positions()
    {
        using var scope = NewDisposeScope();
        using var term = new TokenAlignment(Terms(new() { Projection = Projection.None, FeatureWeights = FeatureWeights.Gradient }, null, 1, 0), Width, CPU);
        Tensor map = randn(1, 2, Width).requires_grad_();
        Tensor states = stack([tensor(Signal(0, 1, 0).State(0, 0).ToArray()), tensor(Signal(0, 1, 0).State(0, 1).ToArray())]);
        Tensor squares = (map[0] - Losses.Standardized(states)).square();
        Assert.Equal(squares.mean().ToDouble(), term.Loss(Features(map), [0])!.ToDouble(), 1e-5);
        // 3 and 1 at the two positions of the second feature, 4 at one of the last.
        term.Observe(3 * map[0, 0, 1] - map[0, 1, 1] + 4 * map[0, 1, 3], Features(map));
        Assert.Equal((squares * tensor(new float[] { 0, 2, 0, 2 })).mean().ToDouble(), term.Loss(Features(map), [0])!.ToDouble(), 1e-5);
        Assert.Null(map.grad);
    }

    [Fact]
    public void Projected_states_of_tokens_that_are_all_alike_are_told()
    {
        using TokenAlignment toStudent = Of(AlignmentDirection.TeacherToStudent), toTeacher = Of(AlignmentDirection.StudentToTeacher);
        Assert.False(toStudent.HasCollapsed([0, 1]));
        foreach (TokenAlignment term in (TokenAlignment[])[toStudent, toTeacher])
        {
            using var guard = no_grad();
            term.Heads.named_parameters().Single(p => p.name == "projector_0.first.weight").parameter.zero_();
        }
        Assert.True(toStudent.HasCollapsed([0, 1]));
        // A text without tokens says nothing.
        Assert.False(toStudent.HasCollapsed([2]));
        Assert.False(toTeacher.HasCollapsed([0, 1]));

        static TokenAlignment Of(AlignmentDirection direction) => new(Terms(new() { Direction = direction }, null, 1, 0), 5, CPU);
    }

    [Fact]
    public void Of_many_rows_as_many_are_compared_with_each_other_as_memory_is_meant_to_hold()
    {
        using var scope = NewDisposeScope();
        using var alignment = new StateAlignment(new() { Loss = HiddenLoss.Similarity }, Width, Width);
        Tensor features = randn(3072, Width), states = randn(3072, 1, Width), third = arange(0, 3072, 3);
        Assert.Equal(alignment.Loss(features.index_select(0, third), states.index_select(0, third)).ToDouble(), alignment.Loss(features, states).ToDouble(), 1e-7);
    }

    [Theory]
    [InlineData(AttentionLoss.Kl)]
    [InlineData(AttentionLoss.Mse)]
    [InlineData(AttentionLoss.MseLogits)]
    public void Attention_is_as_computed_by_hand(AttentionLoss loss)
    {
        manual_seed(2);
        using var scope = NewDisposeScope();
        using var term = new AttentionTransfer(Terms(null, new() { Loss = loss, Width = 3 }, 0, 1), Width, CPU);
        Tensor map = randn(1, 2, Width);
        Dictionary<string, Tensor> p = term.Heads.named_parameters().ToDictionary(pair => pair.name, pair => (Tensor)pair.parameter);
        Tensor query = map[0].matmul(p["query.weight"].t()) + p["query.bias"], key = map[0].matmul(p["key.weight"].t()) + p["key.bias"];
        Tensor scores = query.matmul(key.t()) / Math.Sqrt(3);
        Tensor target = stack([tensor(Signal(0, 0, 1).Attention(0, 0).ToArray()), tensor(Signal(0, 0, 1).Attention(0, 1).ToArray())]);
        Tensor answer = scores.softmax(1);
        double expected = loss switch
        {
            AttentionLoss.Kl => (target * (target.log() - answer.log())).sum(1).mean().ToDouble(),
            AttentionLoss.Mse => (target - answer).square().sum(1).mean().ToDouble(),
            _ => (target - scores).square().mean().ToDouble(),
        };
        Assert.Equal(expected, term.Loss(Features(map), [0])!.ToDouble(), 1e-5);
    }

    [Theory]
    [InlineData(AttentionLoss.Kl)]
    [InlineData(AttentionLoss.Mse)]
    [InlineData(AttentionLoss.MseLogits)]
    public void Padding_changes_nothing_and_gradients_are_those_of_finite_differences(AttentionLoss loss)
    {
        manual_seed(3);
        using var scope = NewDisposeScope();
        using var attention = new AttentionTransfer(Terms(null, new() { Loss = loss, Width = 3 }, 0, 1), Width, CPU);
        using var states = new TokenAlignment(Terms(new(), null, 1, 0), Width, CPU);
        foreach (IAlignmentTerm term in (IAlignmentTerm[])[attention, states])
        {
            Tensor map = randn(2, 3, Width), padded = cat([map, randn(2, 2, Width) * 100], 1).requires_grad_();
            Tensor value = term.Loss(Features(padded), [0, 1])!;
            Assert.Equal(term.Loss(Features(map), [0, 1])!.ToDouble(), value.ToDouble(), 1e-5);
            value.backward();
            Assert.Equal(0, padded.grad!.narrow(1, 3, 2).abs().sum().ToDouble());
            Assert.Equal(0, padded.grad[0, 2].abs().sum().ToDouble());
            using (no_grad())
            {
                foreach ((int text, int token, int feature) in new[] { (0, 0, 1), (0, 1, 3), (1, 0, 0), (1, 2, 2) })
                {
                    double slope = (At(5e-3f) - At(-5e-3f)) / 1e-2;
                    Assert.Equal(slope, padded.grad[text, token, feature].ToDouble(), 2e-3);

                    double At(float step)
                    {
                        Tensor moved = padded.clone();
                        moved[text, token, feature] += step;
                        return term.Loss(Features(moved), [0, 1])!.ToDouble();
                    }
                }
            }
        }
    }

    [Fact]
    public void A_map_that_can_be_the_teachers_drives_both_terms_to_0()
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var states = new TokenAlignment(Terms(new(), null, 1, 0), 6, CPU);
        using var attention = new AttentionTransfer(Terms(null, new() { Width = 6 }, 0, 1), 6, CPU);
        var map = nn.Parameter(randn(2, 3, 6));
        var optimizer = optim.Adam([map, .. states.Heads.parameters(), .. attention.Heads.parameters()], 0.02);
        (double states, double attention)[] values = new (double, double)[800];
        for (int step = 0; step < values.Length; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            Tensor one = states.Loss(Features(map), [0, 1])!, two = attention.Loss(Features(map), [0, 1])!;
            (one + two).backward();
            optimizer.step();
            values[step] = (one.ToDouble(), two.ToDouble());
        }
        Assert.True(values[0].states > 0.1 && values[0].attention > 0.01, $"{values[0]}");
        Assert.InRange(values[^1].states, 0, 2e-3);
        Assert.InRange(values[^1].attention, -1e-6, 2e-3);
    }

    private static StudentFeatures Features(Tensor map) => new(map, map.mean([1]), null!);

    private static TokenTerms Terms(HiddenOptions? hidden, AttentionOptions? attention, int layers, int maps) => new(
        new TokenInput(hidden, attention, new IntermediateShape(0, layers, maps, Width),
            rows => Array.ConvertAll(rows, row => new TeacherTokens(TeacherTokens[row], Signal(row, layers, maps)))), Encoder, Texts);

    // States that follow from a seed; rows of attention that sum to 1.
    private static IntermediateSignal Signal(int text, int layers, int maps)
    {
        int tokens = TeacherTokens[text].Length;
        var shape = new IntermediateShape(0, layers, maps, Width);
        var random = new SeededRandom(text + 20);
        float[] values = new float[shape.Count(tokens)];
        for (int k = 0; k < values.Length; k++)
            values[k] = random.Below(1000) / 1000f + 0.1f;
        for (int row = 0; row < maps * tokens; row++)
        {
            Span<float> attended = values.AsSpan(layers * tokens * Width + row * tokens, tokens);
            float sum = attended.ToArray().Sum();
            for (int k = 0; k < tokens; k++)
                attended[k] /= sum;
        }
        return new IntermediateSignal(shape, tokens, values);
    }
}
