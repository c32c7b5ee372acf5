using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Distillation.WarmingUp;

/// <summary>
/// Warms up a student's encoder on texts: everything before the classifier begins distillation with what it learnt here.
/// </summary>
public static class WarmUp
{
    private const string WeightsFile = "weights.safetensors";
    private const int DevBatchTokens = 16_384;

    /// <summary>Trains one student's encoder and writes the best weights on dev's texts, unfolded.</summary>
    /// <param name="options">How; with a task.</param>
    /// <param name="student">The student's shape; of it only dropout matters here.</param>
    /// <param name="blueprint">What to build.</param>
    /// <param name="texts">What to learn from.</param>
    /// <param name="dev">Texts to choose on.</param>
    /// <param name="states">The teacher's pooled states of both; null for tasks that need none.</param>
    /// <param name="seed">Seed of the weights, the order and what is hidden.</param>
    /// <param name="output">The folder that the weights are written into.</param>
    /// <param name="checkpoints">Folder of this job's checkpoints; resumed from if there are any.</param>
    /// <param name="logs">Folder of this job's scalars for TensorBoard; null: none are written.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told of steps and scores.</param>
    /// <param name="cancellation">Stops with a checkpoint.</param>
    /// <returns>Its <see cref="DevScores.Agreement"/> is the task's score: a mean cosine, or the share of right answers.</returns>
    public static TrainingResult Run(WarmUpOptions options, StudentOptions student, StudentBlueprint blueprint, IReadOnlyList<string> texts,
        IReadOnlyList<string> dev, PooledStates? states, int seed, string output, string checkpoints, string? logs, Device device,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        using Student built = blueprint.Build(seed, device);
        // The head draws its weights from libtorch's generator.
        manual_seed(seed);
        IWarmUpLesson lesson = Lesson(options, student, built, states, device);
        using nn.Module head = lesson.Head;
        using EncodedTexts encoded = EncodedTexts.Of(built.Encoder, texts, checkpoints, cancellation);
        using var trainee = new Trainee(built, lesson, options, encoded, dev, cancellation);
        TrainingResult result = TrainingLoop.Run(trainee, TrainingOptions.Of(options, seed), checkpoints, logs, progress, cancellation);
        TensorFile.Save(Path.Combine(output, WeightsFile), Encoder(built));
        return result;
    }

    /// <summary>Puts the weights of a warm-up into a student.</summary>
    /// <param name="folder">What <see cref="Run"/> wrote.</param>
    /// <param name="student">A student of the same shape.</param>
    /// <exception cref="RetortException">It is of another shape.</exception>
    internal static void LoadInto(string folder, Student student) =>
        TensorFile.LoadInto(Path.Combine(folder, WeightsFile), Encoder(student));

    private static IWarmUpLesson Lesson(WarmUpOptions options, StudentOptions student, Student built, PooledStates? states, Device device)
    {
        StudentShape shape = built.Module.Shape;
        return options.Task switch
        {
            WarmUpTask.PooledState => new PooledStateLesson(options.Loss, student.TokenDropout, shape.PooledWidth,
                states ?? throw new ArgumentNullException(nameof(states)), device),
            WarmUpTask.MaskedTokens => new MaskedTokenLesson(options.Mask, shape, device),
            WarmUpTask.Views => new ViewsLesson(options, student.Dropout, shape.PooledWidth, device),
            _ => throw new ArgumentException("there is no task to warm up with"),
        };
    }

    /// <summary>Everything before the layers on the pooled features.</summary>
    private static IEnumerable<(string Name, Tensor Value)> Encoder(Student student) => student.Module.named_parameters()
        .Where(p => !p.name.StartsWith("classifier.", StringComparison.Ordinal) && !p.name.StartsWith("hidden.", StringComparison.Ordinal))
        .Select(p => (p.name, (Tensor)p.parameter));

    private sealed class Trainee : ITrainee, IDisposable
    {
        private readonly Student _student;
        private readonly IWarmUpLesson _lesson;
        private readonly EncodedTexts _texts;
        private readonly int[][] _dev;

        public Trainee(Student student, IWarmUpLesson lesson, WarmUpOptions options, EncodedTexts texts, IReadOnlyList<string> dev,
            CancellationToken cancellation)
        {
            (_student, _lesson, _texts) = (student, lesson, texts);
            _dev = student.Encoder.EncodeAll(dev, cancellation);
            Module = new StudentWithHeads(student.Module, ("head", lesson.Head));
            Groups = ParameterGroups.Of(Module, options,
                new EmbeddingRate(StudentWithHeads.Prefix + StudentShape.EmbeddingWeight, options.EmbeddingLearningRate, 0),
                new EmbeddingRate(StudentWithHeads.Prefix + StudentShape.NgramWeight, options.LearningRate, 0));
        }

        public string Stage => "warm-up";

        public nn.Module Module { get; }

        public IReadOnlyList<ParameterGroup> Groups { get; }

        public IReadOnlyList<int> Lengths => _texts.Lengths;

        public IReadOnlyList<LossTerm> Losses(int[] batch)
        {
            Lesson lesson = _lesson.On(_student, Array.ConvertAll(batch, k => _texts[k]), batch, isDev: false, StepRandom.Draw());
            return [new LossTerm(_lesson.Name, 1, lesson.Loss)];
        }

        public DevScores Evaluate(CancellationToken cancellation)
        {
            // The same tokens are hidden at every look, so that looks can be compared.
            var random = new SeededRandom(0);
            double loss = 0, score = 0;
            using var guard = no_grad();
            foreach (int[] batch in LengthBatches.Of(Array.ConvertAll(_dev, text => text.Length), null, DevBatchTokens, BatchTexts))
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                Lesson lesson = _lesson.On(_student, Array.ConvertAll(batch, k => _dev[k]), batch, isDev: true, random);
                loss += lesson.Loss.ToDouble() * batch.Length;
                score += lesson.Score.ToDouble() * batch.Length;
            }
            return new DevScores(double.NaN, double.NaN, score / _dev.Length, loss / _dev.Length);
        }

        public void Dispose() => Module.Dispose();

        private const int BatchTexts = 128;
    }
}
