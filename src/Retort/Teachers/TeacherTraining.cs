using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Training;
using TorchSharp.Modules;
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
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told of steps and scores.</param>
    /// <param name="cancellation">Stops with a checkpoint.</param>
    public static TrainingResult Run(TeachOptions options, Corpus train, Corpus dev, string encoderFolder, string output,
        string checkpoints, Device device, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        using Teacher teacher = Teacher.FromEncoder(encoderFolder, train.Labels, train.Kind, options, device,
            note => progress?.Report(StageProgress.Note("teach", note)));
        var trainee = new TeacherTrainee(teacher, train, dev, options, cancellation);
        progress?.Report(StageProgress.Note("teach", trainee.TruncationNote));
        TrainingResult result = TrainingLoop.Run(trainee, LoopOptions(options), checkpoints, progress, cancellation);
        teacher.Save(output);
        return result;
    }

    private static TrainingOptions LoopOptions(TeachOptions options) => new()
    {
        Epochs = options.Epochs,
        BatchSize = options.BatchSize,
        WarmupFraction = options.WarmupFraction,
        ClipNorm = options.ClipNorm,
        EvaluationsPerEpoch = options.EvaluationsPerEpoch,
        Patience = options.Patience,
        Metric = options.Metric,
        Seed = options.Seed,
    };

    private sealed class TeacherTrainee : ITrainee
    {
        private readonly Teacher _teacher;
        private readonly Corpus _devCorpus;
        private readonly EncodedText[] _train, _dev;
        private readonly Targets _targets;

        public TeacherTrainee(Teacher teacher, Corpus train, Corpus dev, TeachOptions options, CancellationToken cancellation)
        {
            (_teacher, _devCorpus) = (teacher, dev);
            _train = teacher.Encoder.EncodeAll(train.Texts(), cancellation);
            _dev = teacher.Encoder.EncodeAll(dev.Texts(), cancellation);
            _targets = new Targets(train, options.ClassWeights, teacher.Device);
            Groups = MakeGroups(teacher, options);
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
            return [new LossTerm("hard_label", 1, _targets.Loss(logits, batch))];
        }

        public DevScores Evaluate(CancellationToken cancellation)
        {
            TeacherOutputs outputs = TeacherOutputs.Of(_teacher, _dev, PooledState.None, DevBatchTokens, null, cancellation);
            return DevScores.Of(_devCorpus, new LogitTable(outputs.Logits, _teacher.Labels.Count), teacher: null);
        }

        /// <summary>Word embeddings apart, for their gradients are sparse; no decay on norms and biases.</summary>
        private static ParameterGroup[] MakeGroups(Teacher teacher, TeachOptions options)
        {
            var all = teacher.Module.named_parameters().Select(p => (Name: p.name, Value: p.parameter)).ToArray();
            static bool IsSparse(string name) => name.EndsWith("word_embeddings.weight", StringComparison.Ordinal);
            static bool IsPlain(string name) =>
                name.EndsWith(".bias", StringComparison.Ordinal) || name.Contains("LayerNorm", StringComparison.Ordinal);
            (string, Parameter)[] Pick(Func<string, bool> wanted) => Array.FindAll(all, p => wanted(p.Name));
            return
            [
                new(Pick(name => !IsSparse(name) && !IsPlain(name)), options.LearningRate, options.WeightDecay),
                new(Pick(IsPlain), options.LearningRate, 0),
                new(Pick(IsSparse), options.LearningRate, options.WeightDecay, Sparse: true),
            ];
        }
    }
}
