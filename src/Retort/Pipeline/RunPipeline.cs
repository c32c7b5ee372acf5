using Retort.Data;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Reports;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Teachers.Sources;
using Retort.Teachers.Text;
using Retort.Training;
using Retort.Transfer;
using Retort.Transfer.Augmentation;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>A recipe from data to report, stage after stage. Stages meet only in files of the run's folder.</summary>
public sealed partial class RunPipeline : IDisposable
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
    private readonly TextStore? _store;
    private JoinedTexts _unlabelled = new();
    private string[] _made = [];
    private bool _evaluated, _foretold;

    private RunPipeline(Recipe recipe, SourceOptions sources, Stage? from, string? elder, IProgress<StageProgress>? progress,
        CancellationToken cancellation)
    {
        recipe.Validate();
        // Without labels agreement is all that a student can be chosen by.
        if (recipe.Data.Unlabelled)
            recipe = recipe with { Distillation = recipe.Distillation with { Metric = DevMetric.Agreement } };
        (_recipe, _sources, _progress, _cancellation) = (recipe, sources, progress, cancellation);
        _run = recipe.RunFolder();
        RequirePaths(recipe);
        _data = DataSet.Load(recipe.Data, progress, cancellation);
        RequireSingleLabel(_data.Train.Kind);
        if (!recipe.Data.Unlabelled)
            recipe.Distillation.RequireFor(_data.Train.Kind, _data.Train.Labels.Count);
        foreach (string line in _data.Report.Lines())
            progress?.Report(StageProgress.Note("data", line));
        _runner = new StageRunner(_run, progress)
        {
            Elder = elder,
            Forced = Enum.GetValues<Stage>().Where(stage => stage >= from).Select(stage => Name(stage)).ToHashSet(),
        };
        if (recipe.Transfer.Unlabelled.Length > 0)
            _unlabelled = new JoinedTexts(_store = new UnlabelledStage(recipe, _run, _data).Run(_runner, progress, cancellation));
        _trainingHash = CorpusHash.Of(_data.Train, _data.Dev);
        _device = LibTorch.Start(recipe.Machine);
        if (MixedPrecision.NoteFor(_device, recipe.Teacher.Precision, recipe.Labelling.Precision, recipe.Distillation.Precision) is { } note)
            progress?.Report(StageProgress.Note("machine", note));
        AtomicFile.WriteText(Path.Combine(_run, "recipe.yaml"), recipe.ToYaml(commented: true));
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
        // What two processes made in one folder would be neither's.
        using FileStream alone = FolderLock.Take(recipe.RunFolder(), progress, "run", cancellation);
        using var pipeline = new RunPipeline(recipe, sources, from, elder: null, progress, cancellation);
        ResultsLog? log = recipe.Results.Length > 0 ? ResultsLog.Open(recipe.Results) : null;
        RunResult result = pipeline.RunTo(to, command);
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

    public void Dispose() => _store?.Dispose();

    /// <summary>What would else be found out after an hour of training.</summary>
    private static void RequirePaths(Recipe recipe)
    {
        foreach (string folder in new[] { recipe.Runs, recipe.RunFolder() })
        {
            if (File.Exists(folder))
                throw new UsageException($"{folder} is a file: expected a folder, or nothing, where the run is to stand; change runs or name");
        }
        string embeddings = recipe.Student.Embeddings;
        if (RecipeSchema.Find("student.embeddings")!.Path!.IsPath(embeddings) && !File.Exists(embeddings))
            throw new UsageException($"student.embeddings is {embeddings}: there is no such file; expected random, teacher or a file of word vectors");
        AugmentStage.RequireFiles(recipe);
        FractionStage.RequireFiles(recipe);
    }

    private RunResult RunTo(Stage to, string command)
    {
        if (to == Stage.Cascade)
            CascadeStage.Require(_recipe, _data);
        FractionStage fractions = Fractions();
        RequireEarly(to, fractions);
        // Augmented texts need no teacher: who wants to look at them need not wait for one.
        (string? taughtFolder, TrainingResult? taught) = to == Stage.Augment ? (null, null) : Teach(distils: to >= Stage.Distill);
        var result = new RunResult(_run, taught, null, [], [], null);
        if (to == Stage.Teach)
            return result;
        result = result with { Augmentation = Augment(required: to == Stage.Augment) };
        if (to == Stage.Augment)
            return result;
        (TeacherPanel opened, LabellingResult labelling) = OpenLabelled(taughtFolder, fractions, distils: to >= Stage.Distill);
        using TeacherPanel panel = opened;
        result = result with { Labelling = labelling, Teachers = panel.Scores };
        if (to == Stage.Label)
            return result;
        _data = panel.Answered();
        _recipe.Distillation.RequireFor(_data.Train.Kind, _data.Train.Labels.Count);
        DistillStage distilling = Distilling(fractions, only: null);
        if (to == Stage.Fractionate)
            return result with { Fractions = distilling.Fractionate(panel) };
        if (_data.Train.LabelledByTeacher)
        {
            _progress?.Report(StageProgress.Note("distill", "the corpus has no labels: accuracy, macro-F1 and calibration cannot be told, nor can a student "
                + "be trained without the teacher; students are chosen by their agreement with the teacher on dev"));
        }
        CompressStage? compressing = to >= Stage.Compress ? Compressing() : null;
        result = result with { Students = distilling.Run(panel, compressing) };
        if (to is Stage.Distill or Stage.Compress)
            return result;
        result = result with { Linear = new LinearStage(_recipe, _run, _data, _runner, _progress, _cancellation).Run() };
        var evaluation = new RunEvaluation(_run, _data, _recipe, command, _progress, _cancellation);
        result = result with { Report = Evaluate(evaluation, panel, result) };
        if (to == Stage.Cascade)
            result = result with { Cascade = new CascadeStage(_recipe, _run, _data, _runner, _device, _progress, _cancellation).Run(panel, result.Report) };
        AtomicFile.Renew(RunReports.EvaluatedRecipe(_run), _recipe.ToYaml(commented: true));
        // From files alone and in no time: it shows how long the evaluation took, too, and what the recipe now asks it to show.
        RunReports.Write(_run);
        return result;
    }

    private FractionStage Fractions() => new(_recipe, _run, _data, OtherAnswers, _progress, _cancellation);

    private DistillStage Distilling(FractionStage fractions, Role? only) =>
        new(_recipe, _run, _data, _unlabelled, fractions, _trainingHash, _runner, _device, _progress, _cancellation) { Only = only };

    private CompressStage? Compressing() =>
        _recipe.Compression.Apply ? new(_recipe, _run, _data, _made.ToHashSet(), _runner, _device, _progress, _cancellation) : null;

    /// <summary>The teachers, with signals of all that is distilled on.</summary>
    private (TeacherPanel Panel, LabellingResult Labelling) OpenLabelled(string? taught, FractionStage fractions, bool distils)
    {
        var panel = TeacherPanel.Open(_recipe, _run, _data, taught, Resolve, _device, _progress, _cancellation);
        try
        {
            RequireSingleLabel(panel.Kind);
            if (distils)
                RequireInside(panel);
            return (panel, Label(panel, fractions.LabelledTarget));
        }
        catch
        {
            panel.Dispose();
            throw;
        }
    }

    // What would else be found out after an hour of teaching.
    private void RequireEarly(Stage to, FractionStage fractions)
    {
        bool augments = _recipe.Augmentation.IsOn && to != Stage.Teach;
        if (augments || to >= Stage.Distill)
            StudentTokenizer.Require(_recipe, Resolve);
        if (augments)
            AugmentStage.RequireEncoder(_recipe, Resolve);
        if (to >= Stage.Distill)
            TeacherInside.Require(_recipe, Resolve);
        if (to >= Stage.Fractionate && _recipe.Fractionation.AsksProxy)
            ProxyTeacher.Require(_recipe.Fractionation.Proxy, Resolve);
        if (to >= Stage.Fractionate && _recipe.Fractionation.CrossFits)
        {
            Resolve(_recipe.Teacher.Encoder);
            Folds.Assign(_data.Train, _recipe.Fractionation.Folds, _recipe.Teacher.Seed);
        }
        if (to >= Stage.Label)
            fractions.RequireOther(new JoinedTexts(_data.Train.Texts(), _unlabelled));
    }

    // What would else be found out after an hour of labelling.
    private void RequireInside(TeacherPanel panel)
    {
        TeacherInside.Require(_recipe, panel);
        if (!_foretold)
            Forecast().OfTeachers(panel);
    }

    private IntermediateForecast Forecast() => new(_recipe, _run, _data.Train.Texts(), _unlabelled, _progress, _cancellation);

    private (string? Folder, TrainingResult? Result) Teach(bool distils)
    {
        TeachOptions options = _recipe.Teacher;
        if (!options.Parsed().Any(source => source.Kind == TeacherKind.FineTuned))
        {
            _progress?.Report(StageProgress.Note("teach", "no encoder is to be fine-tuned: teacher.sources names finished teachers"));
            return (null, null);
        }
        string encoder = Resolve(options.Encoder), output = Path.Combine(_run, "teacher");
        Dictionary<string, string> inputs = FineTuningInputs(encoder);
        LogitTable? softLabels = SoftLabels(inputs);
        if (distils && _recipe.NeedsIntermediate && !_runner.IsDone("teach", _recipe.SelfTraining.Rounds > 0 ? SelfTrainingRounds.Folder(0) : "teach", inputs))
            _foretold = Forecast().OfEncoder(Resolve);
        if (_recipe.SelfTraining.Rounds > 0)
        {
            var selfTraining = new SelfTrainingRounds(_recipe, _run, _data, _unlabelled, _runner, _device, _progress, _cancellation);
            return (output, selfTraining.Run(encoder, inputs));
        }
        return (output, _runner.Run("teach", "teach", inputs, ["teacher"], checkpoints => TeacherTraining.Run(
            options, _data.Train, _data.Dev, encoder, output, checkpoints, _runner.Logs("teacher"), softLabels, _device, _progress, _cancellation)));
    }

    /// <summary>What an encoder learns in place of the labels, whose fingerprint is added to what its fine-tuning depends on; null: the labels.</summary>
    private LogitTable? SoftLabels(Dictionary<string, string> inputs)
    {
        if (_recipe.Teacher.SoftLabels.Length == 0)
            return null;
        (LogitTable logits, inputs["soft_labels"]) = SoftLabelFile.Read(_recipe, _run, _data, _progress, _cancellation);
        return logits;
    }

    /// <summary>What a fine-tuning on the labels of train depends on.</summary>
    private Dictionary<string, string> FineTuningInputs(string encoder)
    {
        using var weights = ModelWeights.Open(encoder);
        return new Dictionary<string, string>
        {
            ["data"] = _trainingHash,
            ["encoder"] = TeacherFolder.Fingerprint(weights, EncoderConfig.Load(encoder)),
            ["tokenizer"] = TextTokenizer.Load(encoder).Fingerprint,
            ["options"] = ContentHash.OfRecord(_recipe.Teacher with { Encoder = "", Sources = [], Combine = default, AcceptWeak = false, SoftLabels = "" }),
        };
    }

    /// <summary>What models beside the teacher say of the transfer set, where scores go by it.</summary>
    private OtherAnswers? OtherAnswers(IReadOnlyList<string> texts)
    {
        if (_recipe.Fractionation.AsksProxy)
            return new ProxyTeacher(_recipe, _run, _data, Resolve, _device, _progress, _cancellation).Run(texts);
        if (!_recipe.Fractionation.CrossFits)
            return null;
        string encoder = Resolve(_recipe.Teacher.Encoder);
        Dictionary<string, string> inputs = FineTuningInputs(encoder);
        LogitTable? softLabels = SoftLabels(inputs);
        return new CrossFitting(_recipe, _run, _data, _runner, _device, _progress, _cancellation).Run(encoder, softLabels, inputs);
    }

    private AugmentationReport? Augment(bool required)
    {
        if (!_recipe.Augmentation.IsOn)
        {
            return !required ? null : throw new UsageException("augmentation.copies is 0: expected at least 1 for texts to be made") { Key = "augmentation.copies" };
        }
        var stage = new AugmentStage(_recipe, _run, _data, _unlabelled);
        (string[] texts, AugmentationReport report) = stage.Run(_runner, Resolve, _device, _progress, _cancellation);
        _unlabelled = new JoinedTexts(_unlabelled, texts);
        _made = texts;
        return report;
    }

    private LabellingResult Label(TeacherPanel panel, IReadOnlyList<string> target)
    {
        // What is chosen in rounds is labelled when it is chosen.
        bool all = !_recipe.Fractionation.LabelsLater;
        IReadOnlyList<string> transfer = all ? new JoinedTexts(_data.Train.Texts(), _unlabelled, target) : [];
        int lacking = panel.Lacking(transfer);
        var inputs = new Dictionary<string, string>
        {
            ["teacher"] = panel.Fingerprint,
            ["texts"] = ContentHash.OfLines((all ? _data.Train.Texts() : []).Concat(_data.Dev.Texts()).Concat(_data.Test.Texts()).Concat(all ? _unlabelled : []).Concat(target)),
            ["options"] = ContentHash.OfRecord(_recipe.Labelling with { Cache = "" }),
        };
        LabellingResult result = _runner.Run("label", "label", inputs, [],
            _ => panel.Label(transfer, _progress, _cancellation), lacking == 0 ? null : $"{lacking} texts have no signals yet");
        panel.Check();
        return result;
    }

    private void RequireSingleLabel(TaskKind kind)
    {
        if (_recipe.Transfer.MinConfidence > 0 && kind == TaskKind.MultiLabel)
        {
            throw new UsageException("transfer.min_confidence is above 0, and the task is multi-label, where no class's probability says how sure the teacher is "
                + "of the text: expected 0")
            { Key = "transfer.min_confidence" };
        }
    }

    private RunReport Evaluate(RunEvaluation evaluation, TeacherPanel panel, RunResult result)
    {
        IReadOnlyList<StudentRun> students = result.Students;
        var inputs = new Dictionary<string, string>
        {
            ["data"] = CorpusHash.Of(_data.Dev, _data.Test),
            ["teacher"] = panel.Fingerprint,
            ["students"] = ContentHash.OfRecord(students.Select(student => _runner.Record(student.Folder).Outputs)),
            // By it the best of the seeds becomes the student.
            ["metric"] = _recipe.Distillation.Metric.ToString(),
            ["examples"] = ContentHash.OfRecord(_recipe.Report with { HourlyPrice = 1 }),
        };
        if (result.Linear is not null)
            inputs["linear"] = ContentHash.OfRecord(_runner.Record(LinearStage.Folder).Outputs);
        return _runner.Run("evaluate", "evaluate", inputs, ["report", "student"],
            _ =>
            {
                _evaluated = true;
                return evaluation.Run(panel, students, result.Linear is not null);
            });
    }

    private string Resolve(string source) =>
        ModelSource.ResolveAsync(source, _sources, _progress, _cancellation).GetAwaiter().GetResult();

    private static string Name(Stage stage) => RecipeSchema.SnakeCase(stage.ToString());
}
