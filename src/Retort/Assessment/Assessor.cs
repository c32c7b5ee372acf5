using System.Globalization;
using Retort.Baselines;
using Retort.Data;
using Retort.Distillation.WarmingUp;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Students;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Teachers.Sources;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Assessment;

/// <summary>Looks at data, teacher, machine and needs before anything is trained, and says what to do.</summary>
public sealed class Assessor
{
    // Below it what is saved is lost in the uncertainty of the forecast.
    private const double WorthAWord = 1.3;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.3), Budget = TimeSpan.FromSeconds(1);

    private readonly string _run;
    private readonly DataSet _data;
    private readonly Func<string, string> _resolve;
    private readonly Device _device;
    private readonly IProgress<StageProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly List<string> _notes = [];

    private Assessor(Recipe recipe, SourceOptions sources, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        (_progress, _cancellation) = (progress, cancellation);
        _run = recipe.RunFolder();
        _resolve = source => ModelSource.ResolveAsync(source, sources, progress, cancellation).GetAwaiter().GetResult();
        // What would stop a run is counted here, and looked at as it will be once it is cured.
        _data = DataSet.Load(recipe.Data with { Leaks = recipe.Data.Leaks == LeakPolicy.Stop ? LeakPolicy.Drop : recipe.Data.Leaks }, progress, cancellation);
        _device = LibTorch.Start(recipe.Machine);
    }

    /// <summary>Assesses a recipe.</summary>
    /// <param name="recipe">With data, and whatever else is decided already.</param>
    /// <param name="needs">What is asked for.</param>
    /// <param name="sources">Where models come from.</param>
    /// <param name="progress">Told of everything.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>What was found, and the recipe that it speaks for.</returns>
    /// <exception cref="UsageException">A need or an option is wrong.</exception>
    /// <exception cref="RetortException">The data or a model cannot be read.</exception>
    public static (AssessmentResult Result, Recipe Recipe) Run(Recipe recipe, AssessmentNeeds needs, SourceOptions sources,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        needs.Validate();
        recipe.Validate();
        return new Assessor(recipe, sources, progress, cancellation).Assess(recipe, needs);
    }

    private (AssessmentResult, Recipe) Assess(Recipe recipe, AssessmentNeeds needs)
    {
        Note("measuring the machine");
        MachineFacts machine = MachineFacts.Measure();
        DataFacts facts = DataFacts.Of(_data);
        string scratch = Directory.CreateTempSubdirectory("retort-assess-").FullName;
        try
        {
            (ModelFacts? linear, LinearResult? trained) = Linear(ref facts, Path.Combine(scratch, "linear"));
            ModelFacts? teacher = null;
            if (TeacherProbe.IsFinished(recipe, _run))
            {
                Note("asking the teacher");
                teacher = TeacherProbe.Run(recipe, _run, _data, _resolve, Path.Combine(scratch, "signals"), _device, _progress, _cancellation);
                if (teacher.Accuracy is null && _data.Dev.Kind != TaskKind.Unlabelled)
                    _notes.Add("the teacher does not know all of dev: how good it is cannot be told");
            }
            StudentTokenizer.Require(recipe, _resolve);
            using EncoderVocabulary vocabulary = EncoderVocabulary.Load(VocabularyFolder(recipe));
            int[] train = Count(vocabulary.Tokenizer, _data.Train), dev = Count(vocabulary.Tokenizer, _data.Dev), test = Count(vocabulary.Tokenizer, _data.Test);
            facts = facts.With(train, recipe.Student.MaxLength, recipe.Teacher.MaxLength);
            long unlabelled = Unlabelled(recipe);
            (Recipe advised, IReadOnlyList<string> choices) = RecipeAdvice.For(recipe, facts, unlabelled);
            Note("timing an untrained student");
            StudentTrial student = StudentTrial.Run(advised, _data, vocabulary, train, scratch, _device, _cancellation);
            Forecast forecast = Predict(advised, unlabelled, facts, machine, teacher, student, train, dev, test) with { Advised = string.Join("; ", choices.Select(RecipeAdvice.SettingOf)) };
            Recommendation recommendation = Recommendation.Of(needs, linear, teacher, student.Facts);
            return (new AssessmentResult(facts, machine, linear, trained?.Elapsed.TotalSeconds, teacher, student, needs, recommendation, choices, forecast, _notes), advised);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private (ModelFacts?, LinearResult?) Linear(ref DataFacts facts, string folder)
    {
        if (_data.Train.Kind != TaskKind.SingleLabel)
        {
            _notes.Add(_data.Train.Kind == TaskKind.Unlabelled
                ? "the corpus has no labels: neither accuracy, nor label noise, nor whether a linear model would do can be told"
                : "the task is multi-label: there is no linear model to compare with, and label noise cannot be told");
            return (null, null);
        }
        Note("training the linear model");
        (LinearModel model, LinearResult result) = LinearTraining.Run(_data.Train, _data.Dev, _progress, _cancellation);
        using (model)
        {
            LogitTable logits = model.Logits(_data.Dev.Texts());
            EvaluationResult scored = Evaluator.Evaluate(_data.Dev, logits, null, temperature: 1);
            Latency latency = LatencyMeter.Measure(model.Answer, _data.Dev.Texts(), WarmUp, Budget, null, _cancellation);
            model.Save(folder);
            Note("cross-validating the linear model");
            facts = facts.With(LinearCrossValidation.Run(_data.Train, result.Regularization, _progress, _cancellation), _data.Train);
            return (new ModelFacts(scored.Accuracy, scored.CalibrationError, latency, TimedTeachers.SizeOf(folder)), result);
        }
    }

    private Forecast Predict(Recipe recipe, long unlabelled, DataFacts facts, MachineFacts machine, ModelFacts? teacher, StudentTrial student, int[] train, int[] dev, int[] test)
    {
        double Rate(Precision precision) => CostModel.RateIn(precision, machine.Gigaflops(recipe.Machine.Threads), machine.Bf16Speedup);
        double? teach = null, label = null;
        long transfer = (long)_data.Train.Count * (1 + recipe.Augmentation.Copies) + unlabelled;
        double perTrainText = 0;
        if (EncoderOf(recipe) is { } config)
        {
            int longest = Math.Min(recipe.Teacher.MaxLength, config.MaxLength);
            double Flops(int[] lengths) => lengths.Sum(length => CostModel.EncoderFlops(config, Math.Min(length + 2, longest)));
            double ofTrain = Flops(train), ofDev = Flops(dev);
            perTrainText = ofTrain / train.Length;
            if (teacher is null)
                teach = CostModel.TeachSeconds(ofTrain, ofDev, recipe.Teacher.Epochs, recipe.Teacher.Epochs * recipe.Teacher.EvaluationsPerEpoch,
                    1 - (double)Math.Min(recipe.Teacher.FrozenLayers, config.Layers) / config.Layers, Rate(recipe.Teacher.Precision));
            label = CostModel.LabelSeconds(perTrainText * transfer + ofDev + Flops(test), Rate(recipe.Labelling.Precision));
        }
        else if (recipe.Teacher.Parsed().All(source => source.Kind == TeacherKind.File))
            label = 0;
        else
            _notes.Add("the teacher's shape is not known: how long labelling takes cannot be told");
        NoteWhatIsLeftOut(recipe);
        Precision[] precisions = [recipe.Teacher.Precision, recipe.Labelling.Precision, recipe.Distillation.Precision];
        if (machine.Bf16Speedup > WorthAWord && precisions.Contains(Precision.F32))
        {
            double saved = 1 - 1 / CostModel.RateIn(Precision.Bf16, 1, machine.Bf16Speedup);
            _notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"products of bfloat16 are {machine.Bf16Speedup:0.0} times as fast here: precision: bf16 in teacher, signals and distillation takes about {saved:P0} off each stage's time where it is not set yet"));
        }
        double distil = 0, ofStudent = CostModel.StudentFlops(recipe.Student, train.Average(count => Math.Min(count, recipe.Student.MaxLength)));
        foreach ((long texts, int epochs) in Trainings(recipe, transfer))
            distil += recipe.Distillation.Seeds.Length * recipe.Distillation.Members * CostModel.DistillSeconds(ofStudent, texts, _data.Dev.Count, epochs, recipe.Distillation.EvaluationsPerEpoch, Rate(recipe.Distillation.Precision));
        return new Forecast
        {
            Made = DateTimeOffset.UtcNow,
            LinearAccuracy = facts.CrossValidatedAccuracy,
            StudentBytes = student.Facts.Bytes,
            StudentP50 = student.Facts.Latency!.P50,
            StudentTextsPerSecond = student.Facts.Latency.TextsPerSecond,
            TeacherTextsPerSecond = teacher?.Latency?.TextsPerSecond,
            TeachSeconds = teach,
            LabelSeconds = label,
            DistillSeconds = distil,
        };
    }

    private IEnumerable<(long Texts, int Epochs)> Trainings(Recipe recipe, long transfer)
    {
        // Each for as many steps.
        foreach ((Role, FractionationOptions?) _ in DistillStage.Taught(recipe.Fractionation))
            yield return (transfer, recipe.Distillation.Epochs);
        if (DistillStage.IsTaughtAlone(recipe))
            yield return (_data.Train.Count, recipe.Distillation.EpochsWithoutTeacher > 0 ? recipe.Distillation.EpochsWithoutTeacher : recipe.Distillation.Epochs);
    }

    private void NoteWhatIsLeftOut(Recipe recipe)
    {
        if (recipe.NeedsIntermediate || recipe.Distillation.HiddenWeight > 0)
            _notes.Add("what hidden alignment and attention transfer add to the time of a step is not in the forecast");
        if (recipe.Fractionation.Chooses)
            _notes.Add("what choosing texts saves in labelling, and what asking the student costs, is not in the forecast");
        if (recipe.WarmUp.Task != WarmUpTask.None)
            _notes.Add("the warm-up of the students is not in the forecast");
        if (recipe.Compression.Apply)
            _notes.Add("compression is not in the forecast, neither its time nor what it takes off size and latency");
        if (recipe.SelfTraining.Rounds > 0)
            _notes.Add("the rounds of self-training are not in the forecast");
    }

    /// <summary>The encoder that teaches and labels, where its shape is known; null: a file, a program or an ONNX model.</summary>
    private EncoderConfig? EncoderOf(Recipe recipe)
    {
        if (StudentTokenizer.Teachers(recipe, _resolve).Select(one => one.Folder).FirstOrDefault() is not { } folder)
            return null;
        bool fineTuned = recipe.Teacher.Parsed().Any(source => source.Kind == TeacherKind.FineTuned);
        return fineTuned ? EncoderConfig.Load(folder).Cut(recipe.Teacher.Layers) : EncoderConfig.Load(folder);
    }

    private string VocabularyFolder(Recipe recipe)
    {
        string? teacher = StudentTokenizer.Teachers(recipe, _resolve).Select(one => one.Folder)
            .FirstOrDefault(folder => Teachers.Text.TextTokenizer.KindOf(folder) == Teachers.Text.TokenizerKind.WordPiece);
        return StudentTokenizer.Folder(recipe, teacher is not null, _resolve) ?? teacher!;
    }

    private long Unlabelled(Recipe recipe)
    {
        if (recipe.Transfer.Unlabelled.Length == 0)
            return 0;
        DataOptions options = recipe.Data with { SkipBadRows = true };
        long count = recipe.Transfer.Unlabelled.Sum(file => CorpusReader.StreamUnlabelled(file, options, null, null, _cancellation).LongCount());
        _notes.Add("unlabelled texts count as they stand in the files: copies and what is like dev or test are left out of a run");
        return recipe.Transfer.Limit > 0 ? Math.Min(count, recipe.Transfer.Limit) : count;
    }

    private int[] Count(WordPieceTokenizer tokenizer, Corpus corpus) =>
        Array.ConvertAll(new StudentEncoder(tokenizer, int.MaxValue).EncodeAll(corpus.Texts(), _cancellation), tokens => tokens.Length);

    private void Note(string message) => _progress?.Report(StageProgress.Note("assess", message));
}
