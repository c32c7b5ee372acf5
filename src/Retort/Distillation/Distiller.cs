using Retort.Data;
using Retort.Distillation.Alignment;
using Retort.Distillation.WarmingUp;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Distillation;

/// <summary>Trains a student on a teacher's signals, or, for comparison, on the labels alone.</summary>
public static class Distiller
{
    /// <summary>Trains one student and writes the best weights on dev as a student's folder.</summary>
    /// <param name="options">How.</param>
    /// <param name="student">The student's shape; of it only token dropout matters here.</param>
    /// <param name="blueprint">What to build.</param>
    /// <param name="transfer">What to learn from; without a teacher in it, the labels alone.</param>
    /// <param name="dev">Labelled texts to choose on.</param>
    /// <param name="devTeacher">The teacher's logits on dev, or null.</param>
    /// <param name="seed">Seed of the weights, the order and dropout.</param>
    /// <param name="warmUp">The folder of a warm-up that its encoder begins with; null: none.</param>
    /// <param name="output">The student's folder.</param>
    /// <param name="checkpoints">Folder of this job's checkpoints; resumed from if there are any.</param>
    /// <param name="logs">Folder of this job's scalars for TensorBoard; null: none are written.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told of steps and scores.</param>
    /// <param name="cancellation">Stops with a checkpoint.</param>
    public static TrainingResult Run(DistillationOptions options, StudentOptions student, StudentBlueprint blueprint,
        TransferSet transfer, Corpus dev, LogitTable? devTeacher, int seed, string? warmUp, string output, string checkpoints, string? logs,
        Device device, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        using Student built = blueprint.Build(seed, device);
        if (warmUp is not null)
            WarmUp.LoadInto(warmUp, built);
        return Train(options, built, student.TokenDropout, transfer, dev, devTeacher, seed, output, checkpoints, logs, progress, cancellation);
    }

    /// <summary>Trains a student from where it is, and writes the best weights on dev as a student's folder.</summary>
    /// <param name="options">How.</param>
    /// <param name="built">The student; is changed.</param>
    /// <param name="tokenDropout">Share of the tokens that are replaced by [UNK].</param>
    /// <param name="transfer">What to learn from; without a teacher in it, the labels alone.</param>
    /// <param name="dev">Labelled texts to choose on.</param>
    /// <param name="devTeacher">The teacher's logits on dev, or null.</param>
    /// <param name="seed">Seed of the order and dropout.</param>
    /// <param name="output">The student's folder.</param>
    /// <param name="checkpoints">Folder of this job's checkpoints; resumed from if there are any.</param>
    /// <param name="logs">Folder of this job's scalars for TensorBoard; null: none are written.</param>
    /// <param name="progress">Told of steps and scores.</param>
    /// <param name="cancellation">Stops with a checkpoint.</param>
    internal static TrainingResult Train(DistillationOptions options, Student built, double tokenDropout, TransferSet transfer, Corpus dev, LogitTable? devTeacher, int seed,
        string output, string checkpoints, string? logs, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        built.Module.Precision = options.Precision;
        using EncodedTexts texts = EncodedTexts.Of(built.Encoder, transfer.Texts, checkpoints, cancellation);
        using AlignmentTerms alignments = AlignmentTerms.Of(options, transfer, built, seed);
        using var weighting = new TermWeighting(options.TermWeights, built.Device);
        using LearntTemperature? temperature = transfer.Teacher is not null && options is { SoftLabelWeight: > 0, SampleTemperature: SampleTemperature.Learned }
            ? new LearntTemperature(options.Temperature, built.Device) : null;
        var trainee = new StudentTrainee(built, options, alignments.All, weighting, temperature, tokenDropout, transfer, texts, dev, devTeacher, checkpoints, progress, cancellation);
        TrainingOptions loop = TrainingOptions.Of(options, seed) with
        {
            Decay = options.Decay,
            EmaDecay = options.EmaDecay,
            // Without a teacher there is nothing to agree with.
            Metric = devTeacher is null && options.Metric == DevMetric.Agreement ? DevMetric.Accuracy : options.Metric,
        };
        TrainingResult result = TrainingLoop.Run(trainee, loop, checkpoints, logs, progress, cancellation);
        built.Temperature = trainee.FitTemperature(cancellation);
        built.Save(output);
        return result;
    }

    private sealed class StudentTrainee : ITrainee
    {
        private readonly Student _student;
        private readonly Objective _objective;
        private readonly IReadOnlyList<(IAlignmentTerm Term, double Weight)> _alignments;
        private readonly TermWeighting _weighting;
        private readonly LearntTemperature? _temperature;
        private readonly double _tokenDropout;
        private readonly EncodedTexts _texts;
        private readonly int[][] _devTexts;
        private readonly Corpus _dev;
        private readonly LogitTable? _devTeacher;
        private readonly TransferSet _transfer;
        private readonly string _checkpoints;
        private readonly IProgress<StageProgress>? _progress;
        private readonly CancellationToken _cancellation;

        private int[] _last = [];

        public StudentTrainee(Student student, DistillationOptions options, IReadOnlyList<(IAlignmentTerm Term, double Weight)> alignments, TermWeighting weighting,
            LearntTemperature? temperature, double tokenDropout, TransferSet transfer, EncodedTexts texts, Corpus dev, LogitTable? devTeacher, string checkpoints, IProgress<StageProgress>? progress, CancellationToken cancellation)
        {
            (_student, _tokenDropout, _texts, _dev, _devTeacher) = (student, tokenDropout, texts, dev, devTeacher);
            (_transfer, _checkpoints, _progress, _cancellation) = (transfer, checkpoints, progress, cancellation);
            (_alignments, _weighting, _temperature) = (alignments, weighting, temperature);
            _objective = new Objective(options, transfer, temperature, student.Device);
            _devTexts = student.Encoder.EncodeAll(dev.Texts(), cancellation);
            // A row of a table moves only when its token occurs: decay would fall on frequent tokens alone.
            Groups = ParameterGroups.Of(student.Module, options,
                new EmbeddingRate(StudentShape.EmbeddingWeight, options.EmbeddingLearningRate, 0),
                new EmbeddingRate(StudentShape.NgramWeight, options.NgramLearningRate, 0, GradientScale.Table));
            Module = student.Module;
            Shared = [.. student.Module.named_parameters().Where(p => p.name.StartsWith("convolution.", StringComparison.Ordinal)).Select(p => (Tensor)p.parameter)];
            (string Name, nn.Module Module, double LearningRate)[] heads =
            [
                .. alignments.Select(alignment => (alignment.Term.Name, alignment.Term.Heads, alignment.Term.LearningRate)),
                .. weighting.HasState ? new[] { ("weighting", (nn.Module)weighting, TermWeighting.LearningRate) } : [],
                .. temperature is not null ? new[] { ("temperature", (nn.Module)temperature, LearntTemperature.LearningRate) } : [],
            ];
            if (heads.Length == 0)
                return;
            Module = new StudentWithHeads(student.Module, [.. heads.Select(head => (head.Name, head.Module))]);
            Groups = [.. Groups.Select(group => group with { Parameters = [.. group.Parameters.Select(p => (StudentWithHeads.Prefix + p.Name, p.Value))] }),
                .. heads.Select(head => new ParameterGroup([.. head.Module.named_parameters().Select(p => ($"{head.Name}.{p.name}", p.parameter))], head.LearningRate, 0))];
        }

        public string Stage => "distill";

        public nn.Module Module { get; }

        public IReadOnlyList<ParameterGroup> Groups { get; }

        public IReadOnlyList<Tensor> Shared { get; }

        public IReadOnlyList<int> Lengths => _texts.Lengths;

        public IBatchPlan Plan(TrainingOptions options)
        {
            IBatchPlan plan = _transfer.Fractions is { } fractions ? PlanOf(fractions, options) : new BatchPlan(Lengths, options.BatchSize, options.Seed);
            if (_temperature is not null)
                _temperature.Steps = (long)plan.StepsPerEpoch * options.Epochs;
            return plan;
        }

        public IReadOnlyList<LossTerm> Losses(int[] batch)
        {
            int[][] texts = Array.ConvertAll(batch, k => _texts[k]);
            TextBatch input = TextBatch.Create(texts, _student.Module.Ngrams, _tokenDropout, StepRandom.Draw());
            input = input.To(_student.Device);
            _last = batch;
            if (_alignments.Count == 0)
                return _weighting.Of(_objective.Terms(_student.Module.Classify(_student.Module.Features(input)), batch), Shared);
            Tensor map = _student.Module.FeatureMap(input);
            var features = new StudentFeatures(map, _student.Module.Pool(map, input), input);
            IReadOnlyList<LossTerm> terms = _objective.Terms(_student.Module.Classify(features.Pooled), batch);
            if (terms[0].Name == Objective.SoftLabelTerm)
            {
                foreach ((IAlignmentTerm term, _) in _alignments)
                    term.Observe(terms[0].Value, features);
            }
            return _weighting.Of([.. terms, .. _alignments.Select(alignment => Aligned(alignment.Term, alignment.Weight, features, batch))], Shared);
        }

        private static LossTerm Aligned(IAlignmentTerm term, double weight, StudentFeatures features, int[] batch) => term.Loss(features, batch) is { } loss
            ? new LossTerm(term.Name, weight, loss) : new LossTerm(term.Name, weight, features.Pooled.sum() * 0) { IsEmpty = true };

        public DevScores Evaluate(CancellationToken cancellation) => DevScores.Of(_dev, _student.Logits(_devTexts, cancellation), _devTeacher);

        public IReadOnlyList<string> Advise() => [.. _alignments.Where(alignment => alignment.Term.HasCollapsed(_last)).Select(alignment =>
            $"the projected states are nearly the same everywhere: the term {alignment.Term.Name} teaches nothing ({alignment.Term.Name}.direction student_to_teacher cannot collapse)")];

        public double FitTemperature(CancellationToken cancellation) =>
            TemperatureFit.Fit(_dev, _student.Logits(_devTexts, cancellation));

        private FractionPlan PlanOf(FractionInput fractions, TrainingOptions options)
        {
            var plan = new FractionPlan(fractions.Options, fractions.Texts, _transfer.Texts, Lengths, options, Said, _checkpoints, _cancellation);
            var log = new FractionLog(fractions.Folder, fractions.Texts, _transfer.Texts);
            plan.Chosen += fraction => Report(log.Add(fraction));
            if (fractions.Options.LearnsUnchosen)
                _objective.IsTaught = plan.IsChosen;
            // Where the teacher labels what is chosen alone, it is asked once a round, and not once a batch.
            if (fractions.Options.SavesCalls)
                plan.Wanted += rows => _transfer.Teacher!.Choose(rows);
            return plan;
        }

        private LogitTable Said(int[] rows) => _student.Logits(Array.ConvertAll(rows, k => _texts[k]), _cancellation);

        private void Report(FractionSummary choice) => _progress?.Report(StageProgress.Note(Stage, FormattableString.Invariant(
            $"from step {choice.Step} on: {choice.Chosen:N0} of {choice.Texts:N0} texts, a fraction of {choice.Share:0.###}")
            + (choice.Reason is { } reason ? $" ({reason.Text(choice.Share)})" : "")
            + (choice.Overlap is { } overlap ? FormattableString.Invariant($"; {overlap:P0} of them were in the one before") : "")));
    }
}
