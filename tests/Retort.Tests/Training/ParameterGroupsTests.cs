using Retort.Distillation;
using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Tests.Training;

public sealed class ParameterGroupsTests
{
    private static DistillationOptions Settings { get; } = new() { LearningRate = 0.5, WeightDecay = 0.25, Epochs = 7, Patience = 3 };

    [Fact]
    public void Norms_and_biases_do_not_decay_and_each_table_has_its_own_rates()
    {
        using var layers = new Layers();
        IReadOnlyList<ParameterGroup> groups = ParameterGroups.Of(layers, Settings, new EmbeddingRate("words.weight", 2, 3),
            new EmbeddingRate("absent.weight", 4, 5, GradientScale.Table));
        Assert.Equal(
            ["dense.weight 0.5 0.25 Dense", "dense.bias,word_norm.weight,word_norm.bias 0.5 0 Dense", "words.weight 2 3 Row", " 4 5 Table"],
            groups.Select(group => FormattableString.Invariant(
                $"{string.Join(',', group.Parameters.Select(one => one.Name))} {group.LearningRate} {group.WeightDecay} {group.Scale}")));
    }

    [Fact]
    public void The_loop_takes_over_what_the_settings_say_of_it()
    {
        TrainingOptions loop = TrainingOptions.Of(Settings, seed: 9);
        Assert.Equal((7, 3, 9, Settings.BatchSize, Settings.EvaluationsPerEpoch), (loop.Epochs, loop.Patience, loop.Seed, loop.BatchSize, loop.EvaluationsPerEpoch));
        Assert.Equal((Settings.WarmupFraction, Settings.ClipNorm, Settings.Metric), (loop.WarmupFraction, loop.ClipNorm, loop.Metric));
    }

    private sealed class Layers : nn.Module
    {
        private readonly Linear _dense = nn.Linear(2, 2);
        private readonly LayerNorm _norm = nn.LayerNorm(2);
        private readonly Embedding _words = nn.Embedding(3, 2, sparse: true);

        public Layers() : base(nameof(Layers))
        {
            register_module("dense", _dense);
            register_module("word_norm", _norm);
            register_module("words", _words);
        }
    }
}
