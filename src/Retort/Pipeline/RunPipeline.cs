using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Runs;
using Retort.Signals;
using Retort.Students;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Teachers.Sources;
using Retort.Training;
using Retort.Transfer;
using Retort.Transfer.Augmentation;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>A recipe from data to report, stage after stage. Stages meet only in files of the run's folder.</summary>
public sealed class RunPipeline
{
    private readonly Recipe _recipe;
    private readonly string _run;
    private readonly string _trainingHash;
    private readonly Device _device;
    private readonly SourceOptions _sources;
    private readonly StageRunner _runner;
    private readonly IProgress<StageProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private DataSet _data;
    private string[] _unlabelled;
    private bool _evaluated;

    private RunPipeline(Recipe recipe, SourceOptions sources, Stage? from, IProgress<StageProgress>? progress,
        CancellationToken cancellation)
    {
        recipe.Validate();
        // Without labels agreement is all that a student can be chosen by.
        if (recipe.Data.Unlabelled)
            recipe = recipe with { Distillation = recipe.Distillation with { Metric = DevMetric.Agreement } };
        (_recipe, _sources, _progress, _cancellation) = (recipe, sources, progress, cancellation);
        _run = Path.Combine(recipe.Runs, recipe.Name);
        RequirePaths(recipe);
        _data = DataSet.Load(recipe.Data, progress, cancellation);
        foreach (string line in _data.Report.Lines())
            progress?.Report(StageProgress.Note("data", line));
        _unlabelled = recipe.Transfer.Unlabelled.Length == 0 ? [] : ReadUnlabelled();
        _trainingHash = CorpusHash.Of(_data.Train, _data.Dev);
        _device = LibTorch.Start(recipe.Machine);
        AtomicFile.WriteText(Path.Combine(_run, "recipe.yaml"), recipe.ToYaml(commented: true));
        _runner = new StageRunner(_run, progress)
        {
            Forced = Enum.GetValues<Stage>().Where(stage => stage >= from).Select(stage => Name(stage)).ToHashSet(),
        };
    }

    /// <summary>Runs the stages up to one, leaving out what is done already.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="sources">Where models come from.</param>
    /// <param name="to">The last stage to run.</param>
    /// <param name="from">This stage and those after it run even where nothing has changed; null: none.</param>
    /// <param name="command">What the user typed, for the results file.</param>
    /// <param name="progress">Told of everything.</param>
    /// <param name="cancellation">Stops; the same call resumes.</param>
    public static RunResult Run(Recipe recipe, SourceOptions sources, Stage to, Stage? from = null, string command = "",
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        var pipeline = new RunPipeline(recipe, sources, from, progress, cancellation);
        ResultsLog? log = recipe.Results.Length > 0 ? ResultsLog.Open(recipe.Results) : null;
        RunResult result = pipeline.RunTo(to);
        if (pipeline._evaluated && log is not null)
        {
            IReadOnlyList<ResultsLine> known = log.Read();
            foreach (ResultsLine line in RunResultsLines.Of(recipe, result, command, DateTimeOffset.UtcNow))
            {
                // What was not trained anew stands there already.
                if (!known.Any(old => RunResultsLines.IsSameTraining(old, line)))
                    log.Append(line);
            }
        }
        return result;
    }

    /// <summary>What would else be found out after an hour of training.</summary>
    private static void RequirePaths(Recipe recipe)
    {
        foreach (string folder in new[] { recipe.Runs, Path.Combine(recipe.Runs, recipe.Name) })
        {
            if (File.Exists(folder))
                throw new UsageException($"{folder} is a file: expected a folder, or nothing, where the run is to stand; change runs or name");
        }
        string embeddings = recipe.Student.Embeddings;
        if (RecipeSchema.Find("student.embeddings")!.Path!.IsPath(embeddings) && !File.Exists(embeddings))
            throw new UsageException($"student.embeddings is {embeddings}: there is no such file; expected random, teacher or a file of word vectors");
        AugmentStage.RequireFiles(recipe);
    }

    private RunResult RunTo(Stage to)
    {
        RequireTokenizers(to);
        // Augmented texts need no teacher: who wants to look at them need not wait for one.
        (string? taughtFolder, TrainingResult? taught) = to == Stage.Augment ? (null, null) : Teach();
        var result = new RunResult(_run, taught, null, [], [], null);
        if (to == Stage.Teach)
            return result;
        result = result with { Augmentation = Augment(required: to == Stage.Augment) };
        if (to == Stage.Augment)
            return result;
        using TeacherPanel panel = TeacherPanel.Open(_recipe, _run, _data, taughtFolder, Resolve, _device, _progress);
        result = result with { Labelling = Label(panel), Teachers = panel.Scores };
        if (to == Stage.Label)
            return result;
        _data = panel.Answered();
        if (_data.Train.LabelledByTeacher)
        {
            _progress?.Report(StageProgress.Note("distill", "the corpus has no labels: accuracy, macro-F1 and calibration cannot be told, nor can a student "
                + "be trained without the teacher; students are chosen by their agreement with the teacher on dev"));
        }
        result = result with { Students = Distill(panel) };
        if (to == Stage.Distill)
            return result;
        var evaluation = new RunEvaluation(_run, _data, _recipe, _progress, _cancellation);
        return result with { Report = Evaluate(evaluation, panel, result.Students) };
    }

    // What would else be found out after an hour of teaching.
    private void RequireTokenizers(Stage to)
    {
        bool augments = _recipe.Augmentation.IsOn && to != Stage.Teach;
        if (augments || to >= Stage.Distill)
            StudentTokenizer.Require(_recipe, Resolve);
        if (augments)
            AugmentStage.RequireEncoder(_recipe, Resolve);
    }

    private (string? Folder, TrainingResult? Result) Teach()
    {
        TeachOptions options = _recipe.Teacher;
        if (!options.Parsed().Any(source => source.Kind == TeacherKind.FineTuned))
        {
            _progress?.Report(StageProgress.Note("teach", "no encoder is to be fine-tuned: teacher.sources names finished teachers"));
            return (null, null);
        }
        string encoder = Resolve(options.Encoder), output = Path.Combine(_run, "teacher");
        using var weights = ModelWeights.Open(encoder);
        var inputs = new Dictionary<string, string>
        {
            ["data"] = _trainingHash,
            ["encoder"] = TeacherFolder.Fingerprint(weights, EncoderConfig.Load(encoder)),
            ["options"] = ContentHash.OfRecord(options with { Encoder = "", Sources = [], Combine = default, AcceptWeak = false }),
        };
        if (_recipe.SelfTraining.Rounds > 0)
        {
            var selfTraining = new SelfTrainingRounds(_recipe, _run, _data, _unlabelled, _runner, _device, _progress, _cancellation);
            return (output, selfTraining.Run(encoder, inputs));
        }
        return (output, _runner.Run("teach", "teach", inputs, ["teacher"], checkpoints => TeacherTraining.Run(
            options, _data.Train, _data.Dev, encoder, output, checkpoints, _device, _progress, _cancellation)));
    }

    private AugmentationReport? Augment(bool required)
    {
        if (!_recipe.Augmentation.IsOn)
        {
            return !required ? null : throw new UsageException("augmentation.copies is 0: expected at least 1 for texts to be made") { Key = "augmentation.copies" };
        }
        var stage = new AugmentStage(_recipe, _run, _data, _unlabelled);
        (string[] texts, AugmentationReport report) = stage.Run(_runner, Resolve, _device, _progress, _cancellation);
        _unlabelled = [.. _unlabelled, .. texts];
        return report;
    }

    private LabellingResult Label(TeacherPanel panel)
    {
        int lacking = panel.Lacking(_unlabelled);
        var inputs = new Dictionary<string, string>
        {
            ["teacher"] = panel.Fingerprint,
            ["texts"] = ContentHash.OfLines([.. _data.Train.Texts(), .. _data.Dev.Texts(), .. _data.Test.Texts(), .. _unlabelled]),
            ["options"] = ContentHash.OfRecord(_recipe.Labelling with { Cache = "" }),
        };
        LabellingResult result = _runner.Run("label", "label", inputs, [],
            _ => panel.Label(_unlabelled, _progress, _cancellation), lacking == 0 ? null : $"{lacking} texts have no signals yet");
        panel.Check();
        return result;
    }

    private List<StudentRun> Distill(TeacherPanel panel)
    {
        string[] texts = [.. _data.Train.Texts(), .. _unlabelled];
        LogitTable logits = panel.Logits(texts, TransferSetName(),
            k => k < _data.Train.Count ? _data.Train.TargetRow(k) : null);
        LogitTable? dev = panel.TryLogits(_data.Dev.Texts());
        if (dev is null && _recipe.Distillation.Metric == DevMetric.Agreement)
        {
            throw new UsageException("distillation.metric is agreement, and the teachers have no signals of all of dev to agree with: "
                + "expected accuracy or macro_f1")
            { Key = "distillation.metric" };
        }
        using StudentBlueprint blueprint = StudentBlueprint.Draw(_recipe.Student, panel.Tokenizer,
            panel.WordEmbeddings, texts, _data.Train.Labels, _data.Train.Kind, _cancellation);
        _progress?.Report(StageProgress.Note("distill", blueprint.EmbeddingNote));
        Dictionary<string, string> inputs = StudentInputs(panel);
        var runs = new List<StudentRun>();
        foreach (int seed in _recipe.Distillation.Seeds)
        {
            runs.Add(DistillOne(Role.Student, seed, blueprint, new TransferSet(_data.Train, _unlabelled, logits), dev, inputs));
            if (!_data.Train.LabelledByTeacher)
                runs.Add(DistillOne(Role.StudentWithoutTeacher, seed, blueprint, new TransferSet(_data.Train, [], null), null, inputs));
        }
        return runs;
    }

    private string TransferSetName() => "train" + (_recipe.Transfer.Unlabelled.Length > 0 ? " and transfer.unlabelled" : "")
        + (_recipe.Augmentation.IsOn ? " and the augmented texts" : "");

    /// <summary>What every student of the run depends on.</summary>
    private Dictionary<string, string> StudentInputs(TeacherPanel panel)
    {
        var inputs = new Dictionary<string, string>
        {
            ["data"] = _trainingHash,
            ["unlabelled"] = ContentHash.OfLines(_unlabelled),
            // The embeddings of a student without teacher begin where the other's do.
            ["teacher"] = panel.Fingerprint,
            ["student"] = ContentHash.OfRecord(_recipe.Student with { Tokenizer = "" }),
            ["options"] = ContentHash.OfRecord(_recipe.Distillation with { Seeds = [] }),
        };
        if (File.Exists(_recipe.Student.Embeddings))
            inputs["embeddings"] = ContentHash.OfFile(_recipe.Student.Embeddings);
        if (panel.VocabularyKey.Length > 0)
            inputs["tokenizer"] = panel.VocabularyKey;
        return inputs;
    }

    private StudentRun DistillOne(Role role, int seed, StudentBlueprint blueprint, TransferSet transfer, LogitTable? dev,
        Dictionary<string, string> inputs)
    {
        string folder = $"students/seed-{seed}{(role == Role.Student ? "" : "-without-teacher")}";
        _progress?.Report(StageProgress.Note("distill", $"{role.Title()}, seed {seed}"));
        TrainingResult training = _runner.Run("distill", folder, inputs, [folder], checkpoints => Distiller.Run(
            _recipe.Distillation, _recipe.Student, blueprint, transfer, _data.Dev, dev, seed, Path.Combine(_run, folder),
            checkpoints, _device, _progress, _cancellation));
        return new StudentRun(role, seed, folder, transfer.Texts.Count, training);
    }

    private RunReport Evaluate(RunEvaluation evaluation, TeacherPanel panel, IReadOnlyList<StudentRun> students)
    {
        var inputs = new Dictionary<string, string>
        {
            ["data"] = CorpusHash.Of(_data.Dev, _data.Test),
            ["teacher"] = panel.Fingerprint,
            ["students"] = ContentHash.OfRecord(students.Select(student => _runner.Record(student.Folder).Outputs)),
        };
        return _runner.Run("evaluate", "evaluate", inputs, ["report", "student"],
            _ =>
            {
                _evaluated = true;
                return evaluation.Run(panel, students, _device);
            });
    }

    private string[] ReadUnlabelled()
    {
        var bad = new BadRows();
        Corpus corpus = CorpusReader.ReadUnlabelled(_recipe.Transfer.Unlabelled, _recipe.Data, bad, _progress, _cancellation);
        if (!_recipe.Data.SkipBadRows)
            bad.ThrowIfAny();
        (string[] texts, UnlabelledReport report) = UnlabelledTexts.Clean(corpus.Texts(), _data.Train.Texts(),
            [.. _data.Dev.Texts(), .. _data.Test.Texts()], _recipe.Transfer.NearDuplicates, _cancellation);
        _progress?.Report(StageProgress.Note("data", FormattableString.Invariant($"unlabelled: {report.Read:N0} texts from {corpus.Source}; left out: {report.Repeated:N0} that repeat another, {report.InTrain:N0} of train, {report.InDevOrTest:N0} of dev or test, {report.NearDevOrTest:N0} nearly of dev or test")));
        foreach (string line in new BadRowsReport(bad.Count, bad.Listed).Lines())
            _progress?.Report(StageProgress.Note("data", line));
        if (_recipe.Transfer.Limit > 0 && _recipe.Transfer.Limit < texts.Length)
        {
            texts = texts[.._recipe.Transfer.Limit];
            _progress?.Report(StageProgress.Note("data", FormattableString.Invariant($"unlabelled: the first {texts.Length:N0} of them are used (transfer.limit)")));
        }
        return texts.Length > 0 ? texts : throw new UsageException($"{corpus.Source}: of {report.Read} unlabelled texts none is left "
            + "that does not stand in train, dev or test: expected other texts; leave transfer.unlabelled empty to distil on train alone")
        { Key = "transfer.unlabelled" };
    }

    private string Resolve(string source) =>
        ModelSource.ResolveAsync(source, _sources, _progress, _cancellation).GetAwaiter().GetResult();

    private static string Name(Stage stage) => RecipeSchema.SnakeCase(stage.ToString());
}
