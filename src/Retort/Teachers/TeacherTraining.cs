using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Teachers;

/// <summary>Fine-tunes an encoder into a teacher.</summary>
public static class TeacherTraining
{
    private const int DevBatchTokens = 4096;

    /// <summary>Trains from an encoder's folder, writes the best weights on dev as a Hugging Face folder.</summary>
    /// <param name="options">How.</param>
    /// <param name="train">Labelled rows.</param>
    /// <param name="dev">Labelled rows to choose on, with the classes of train.</param>
    /// <param name="encoderFolder">The pre-trained encoder.</param>
    /// <param name="output">The teacher's folder.</param>
    /// <param name="checkpoints">Folder of this job's checkpoints; resumed from if there are any.</param>
    /// <param name="logs">Folder of this job's scalars for TensorBoard; null: none are written.</param>
    /// <param name="softLabels">(train × classes) A stronger teacher's logits, learnt in place of the labels; null: none.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told of steps and scores.</param>
    /// <param name="cancellation">Stops with a checkpoint.</param>
    public static TrainingResult Run(TeachOptions options, Corpus train, Corpus dev, string encoderFolder, string output,
        string checkpoints, string? logs, LogitTable? softLabels, Device device, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        using Teacher teacher = Teacher.FromEncoder(encoderFolder, train.Labels, train.Kind, options, device,
            note => progress?.Report(StageProgress.Note("teach", note)));
        teacher.Module.Precision = options.Precision;
        teacher.Module.Freeze(options.FrozenLayers);
        var trainee = new TeacherTrainee(teacher, train, dev, softLabels, options, cancellation);
        progress?.Report(StageProgress.Note("teach", trainee.TruncationNote));
        TrainingResult result = TrainingLoop.Run(trainee, TrainingOptions.Of(options, options.Seed), checkpoints, logs, progress, cancellation);
        teacher.Save(output);
        return result;
    }

    private sealed class TeacherTrainee : ITrainee
    {
        private readonly Teacher _teacher;
        private readonly Corpus _devCorpus;
        private readonly EncodedText[] _train, _dev;
        private readonly Targets _targets;
        private readonly LogitTable? _softLabels;

        public TeacherTrainee(Teacher teacher, Corpus train, Corpus dev, LogitTable? softLabels, TeachOptions options, CancellationToken cancellation)
        {
            (_teacher, _devCorpus, _softLabels) = (teacher, dev, softLabels);
            _train = teacher.Encoder.EncodeAll(train.Texts(), cancellation);
            _dev = teacher.Encoder.EncodeAll(dev.Texts(), cancellation);
            _targets = new Targets(train, options.ClassWeights, teacher.Device);
            Groups = ParameterGroups.Of(teacher.Module, options,
                new EmbeddingRate(teacher.Module.WordEmbeddingName, options.LearningRate, options.WeightDecay));
            Lengths = Array.ConvertAll(_train, text => text.Length);
        }

        public string Stage => "teach";

        public string TruncationNote => _teacher.Encoder.TruncationNote(_train);

        public nn.Module Module => _teacher.Module;

        public IReadOnlyList<ParameterGroup> Groups { get; }

        public IReadOnlyList<int> Lengths { get; }

        public IReadOnlyList<LossTerm> Losses(int[] batch)
        {
            (Tensor logits, _) = _teacher.Forward(Array.ConvertAll(batch, k => _train[k]));
            if (_softLabels is null)
                return [new LossTerm("hard_label", 1, _targets.Loss(logits, batch))];
            LogitTable stronger = _softLabels.Choose(batch);
            using Tensor target = tensor(stronger.Values, [stronger.Count, stronger.Classes], device: _teacher.Device);
            return [new LossTerm("soft_label", 1, Training.Losses.LogitMse(logits, target))];
        }

        public DevScores Evaluate(CancellationToken cancellation)
        {
            TeacherOutputs outputs = TeacherOutputs.Of(_teacher, _dev, PooledState.None, DevBatchTokens, null, cancellation);
            return DevScores.Of(_devCorpus, new LogitTable(outputs.Logits, _teacher.Labels.Count), teacher: null);
        }
    }
}
