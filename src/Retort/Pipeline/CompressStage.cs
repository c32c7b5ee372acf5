using System.Text.Json;
using Retort.Compression;
using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Reports;
using Retort.Runs;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>Compresses the distilled students of a run.</summary>
/// <param name="recipe">The options.</param>
/// <param name="run">The run's folder.</param>
/// <param name="data">Dev is what students are judged on.</param>
/// <param name="made">Texts that were made from those of train.</param>
/// <param name="runner">Leaves out what is done already.</param>
/// <param name="device">Where to train.</param>
/// <param name="progress">Told of everything.</param>
/// <param name="cancellation">Stops; the same call resumes.</param>
internal sealed class CompressStage(Recipe recipe, string run, DataSet data, IReadOnlySet<string> made, StageRunner runner, Device device,
    IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    private const string Name = "compress";

    /// <summary>Compresses one student.</summary>
    /// <param name="student">As it was distilled.</param>
    /// <param name="transfer">What it was distilled on.</param>
    /// <param name="dev">The teacher's logits on dev, or null.</param>
    /// <param name="inputs">What the student depends on.</param>
    public StudentRun Run(StudentRun student, TransferSet transfer, LogitTable? dev, IReadOnlyDictionary<string, string> inputs)
    {
        CompressionOptions options = recipe.Compression;
        string folder = $"{student.Folder}-compressed", source = Path.Combine(run, student.Folder);
        var own = new Dictionary<string, string>(inputs)
        {
            ["student"] = ContentHash.OfRecord(runner.Record(student.Folder).Outputs),
            ["compression"] = ContentHash.OfRecord(options with { Apply = true }),
            ["distillation"] = ContentHash.OfRecord(recipe.Distillation with { Seeds = [] }),
        };
        CompressionResult result = runner.Run(Name, folder, own, [folder], checkpoints =>
        {
            AgreementTexts texts = Texts(transfer);
            using var judge = new CompressionJudge(options, source, data.Dev, dev, texts.Agreed, Path.Combine(checkpoints, "trials"), recipe.Machine.Threads, cancellation);
            (FoldedStudent kept, CompressionResult found) = Compressor.Run(options, FoldedStudent.Load(source), texts.Others, judge,
                (from, epochs, rounding) => Tune(from, epochs, rounding, student, transfer, dev, checkpoints), progress, cancellation);
            // Other weights and tables of 8 bits are sure in another way. What stayed as it was keeps its temperature, too.
            FoldedStudent shipped = found.IsUnchanged ? kept : kept with { Temperature = judge.TemperatureOf(kept) };
            shipped.Save(Path.Combine(run, folder));
            return found;
        });
        string report = Path.Combine(run, "report", $"compression-seed-{student.Seed}");
        AtomicFile.WriteText($"{report}.json", JsonSerializer.Serialize(result, JsonForm.Indented) + "\n");
        AtomicFile.WriteText($"{report}.svg", CompressionPlot.Svg(result));
        return student with
        {
            Role = Role.StudentCompressed,
            Folder = folder,
            Compression = result,
            Training = student.Training with { Elapsed = student.Training.Elapsed + TimeSpan.FromSeconds(runner.Record(folder).Seconds) },
        };
    }

    // A fine-tuning goes by all texts: what it learns of them is the teacher's answers, and not those that agreement is with.
    private AgreementTexts Texts(TransferSet transfer)
    {
        int wanted = recipe.Compression.AgreementTexts;
        var texts = AgreementTexts.Divide(transfer.Texts, transfer.Labelled.Count, made, wanted);
        if (texts.Note(wanted) is { } note)
            progress?.Report(StageProgress.Note(Name, note));
        return texts;
    }

    private FoldedStudent Tune(FoldedStudent from, int epochs, IReadOnlyDictionary<string, float[]>? rounding, StudentRun student, TransferSet transfer, LogitTable? dev, string checkpoints)
    {
        bool fromTeacher = recipe.Compression.Target == TuningTarget.Teacher;
        DistillationOptions options = recipe.Distillation.Of(withTeacher: fromTeacher) with
        {
            Epochs = epochs,
            LearningRate = recipe.Distillation.LearningRate * recipe.Compression.LearningRateFactor,
            EmbeddingLearningRate = recipe.Distillation.EmbeddingLearningRate * recipe.Compression.LearningRateFactor,
            NgramLearningRate = recipe.Distillation.NgramLearningRate * recipe.Compression.LearningRateFactor,
            // The student's own answers are the start, and states of the teacher's layers have done their work.
            HiddenWeight = 0,
            TokenHiddenWeight = 0,
            AttentionWeight = 0,
            TermWeights = TermWeights.Fixed,
            Seeds = [student.Seed],
        };
        using Student tuned = from.ToStudent(device, recipe.Student.Dropout);
        if (rounding is not null)
            tuned.Module.Rounding = new IntegerFeatures(from.Shape, rounding);
        TransferSet learnt = fromTeacher ? new TransferSet(transfer, fractions: null) : new TransferSet(transfer.Labelled, [], null);
        // By what is trained: trials may come in another order when a job goes on.
        string own = Path.Combine(checkpoints, "tuning-" + ContentHash.OfRecord(new { Student = from.Fingerprint(), epochs, rounding })[..12]), output = Path.Combine(own, "student");
        // A trial that was interrupted is not trained again.
        if (!Directory.Exists(output))
            Distiller.Train(options, tuned, recipe.Student.TokenDropout, learnt, data.Dev, dev, student.Seed, output, own, logs: null, progress, cancellation);
        return FoldedStudent.Load(output) with { TableScales = null };
    }
}
