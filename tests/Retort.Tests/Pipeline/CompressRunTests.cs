using System.Text.Json;
using Retort.Compression;
using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Tests.Distillation;

namespace Retort.Tests.Pipeline;

/// <summary>Compression of the finished run's students, each on a copy of it.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class CompressRunTests(FinishedRun run) : IDisposable
{
    private static readonly CompressionOptions Loose = new()
    {
        Apply = true,
        MaxLoss = 20,
        MinAgreement = 0.8,
        MinSpeedup = 0.01,
        AgreementTexts = 60,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Students_become_smaller_within_the_gates_and_are_what_the_run_hands_over()
    {
        RunResult result = Again(Recipe(Loose with { VocabularyPruning = 0 }, 1, 2), Stage.Evaluate);
        StudentRun[] compressed = [.. result.Students.Where(student => student.Role == Role.StudentCompressed)];
        Assert.Equal([1, 2], compressed.Select(student => student.Seed));
        foreach (StudentRun student in compressed)
        {
            CompressionResult compression = student.Compression!;
            Assert.True(compression.Kept.Bytes < compression.Original.Bytes);
            Assert.InRange(compression.Kept.Agreement, 0.8, 1);
            Assert.All(compression.Trials.Where(trial => trial.IsTaken), trial => Assert.Equal("", trial.Refusal));
            FoldedStudent stored = FoldedStudent.Load(_folder[$"tiny/{student.Folder}"]), original = FoldedStudent.Load(_folder[$"tiny/students/seed-{student.Seed}"]);
            Assert.Equal(TensorType.I8, stored.Weights[StudentShape.EmbeddingWeight].Type);
            Assert.False(original.IsNarrow);
            Assert.True(stored.Shape.MapWidth < original.Shape.MapWidth);
            Assert.True(File.Exists(_folder[$"tiny/report/compression-seed-{student.Seed}.svg"]));
            var told = JsonSerializer.Deserialize<CompressionResult>(File.ReadAllText(_folder[$"tiny/report/compression-seed-{student.Seed}.json"]), JsonForm.Indented)!;
            Assert.Equal(compression.Trials, told.Trials);
        }
        ComparisonRow row = Assert.Single(result.Report!.Test.Rows, row => row.Role == Role.StudentCompressed);
        Assert.Equal(2, row.Seeds);
        Assert.True(row.Bytes < result.Report.Test.Rows.First(row => row.Role == Role.Student).Bytes);
        Assert.Equal(Hash($"students/seed-{result.Report.BestSeed}-compressed"), Hash("student"));
    }

    [Fact]
    public void What_was_compressed_is_not_compressed_again_unless_something_changed()
    {
        Recipe recipe = Recipe(Loose with { Pruning = 0 });
        Again(recipe, Stage.Compress);
        _messages.Clear();
        RunResult result = Again(recipe, Stage.Compress);
        Assert.Contains("students/seed-1-compressed is up to date", _messages);
        Assert.NotNull(result.Students.First(student => student.Role == Role.StudentCompressed).Compression);
        _messages.Clear();
        Again(recipe with { Compression = recipe.Compression with { Precision = StoredPrecision.F16 } }, Stage.Compress);
        Assert.Contains("students/seed-1 is up to date", _messages);
        Assert.Contains("students/seed-1-compressed runs: compression changed", _messages);
        Assert.Equal(TensorType.F16, FoldedStudent.Load(_folder["tiny/students/seed-1-compressed"]).Weights[StudentShape.EmbeddingWeight].Type);
    }

    [Fact]
    public void A_gate_that_nothing_passes_leaves_the_student_as_it_was()
    {
        RunResult result = Again(Recipe(Loose with { MinSpeedup = 1e6, Epochs = 0, VocabularyPruning = 0 }), Stage.Compress);
        CompressionResult compression = result.Students.First(student => student.Role == Role.StudentCompressed).Compression!;
        Assert.Equal(0, compression.Trials.ToList().FindLastIndex(trial => trial.IsTaken));
        // Steps on the way need not be faster by themselves; what they came to does.
        CompressionTrial refused = Assert.Single(compression.Trials, trial => trial.Refusal.Contains("times as fast, less than 1000000", StringComparison.Ordinal));
        Assert.True(refused.IsSlow);
        Assert.Contains(compression.Trials, trial => trial is { Step: "bits", Refusal: "" } || trial == refused);
        Assert.Contains(_messages, message => message.StartsWith("all steps together: refused, ", StringComparison.Ordinal));
        Assert.Contains(_messages, message => message.Contains("no step passed the gates: the student stays as it was", StringComparison.Ordinal));
        Assert.Equal(Hash("students/seed-1"), Hash("students/seed-1-compressed"));
    }

    [Fact]
    public void A_step_that_is_no_faster_by_itself_is_a_part_of_what_is()
    {
        // Of what all steps come to, half a filter bank is twice as fast, and fewer bits alone are not.
        CompressionResult compression = Again(Recipe(Loose with { MinSpeedup = 1.02, MinAgreement = 0, MaxLoss = 100, Epochs = 0, VocabularyPruning = 0, NgramPruning = 1, Pruning = 0.5 }), Stage.Compress)
            .Students.First(student => student.Role == Role.StudentCompressed).Compression!;
        Assert.All(compression.Trials, trial => Assert.InRange(trial.Microseconds, 0.01, 1e6));
        CompressionTrial bits = Assert.Single(compression.Trials, trial => trial is { Step: "bits", Detail: "int8" });
        Assert.DoesNotContain("less than 1.02", bits.Refusal, StringComparison.Ordinal);
        Assert.All(compression.Trials.Where(trial => trial.IsTaken), trial => Assert.Equal("", trial.Refusal));
    }

    [Fact]
    public void A_compressed_student_is_as_sure_as_its_own_tables_are_right_and_the_best_of_them_is_handed_over()
    {
        RunResult result = Again(Recipe(Loose with { Gates = false, VocabularyPruning = 0, NgramPruning = 1, Pruning = 0.5, Epochs = 0 }, 1, 2), Stage.Evaluate);
        ModelReport[] models = [.. result.Report!.Models.Where(model => model.Role == Role.StudentCompressed)];
        Assert.Equal(models.OrderByDescending(model => model.Dev.Accuracy).ThenBy(model => model.Dev.NegativeLogLikelihood).First().Seed, result.Report.BestSeed);
        Corpus dev = DataSet.Load(run.Recipe.Data).Dev;
        foreach (ModelReport model in models)
        {
            using var student = StudentClassifier.Load(_folder[$"tiny/students/seed-{model.Seed}-compressed"]);
            Assert.Equal(TemperatureFit.Fit(dev, student.Logits(dev.Texts(), 1, default)), student.Temperature, 1e-6);
        }
    }

    [Fact]
    public void Without_gates_every_step_goes_as_far_as_it_says()
    {
        RunResult result = Again(Recipe(Loose with { Gates = false, MinSpeedup = 1e6, NgramPruning = 1, VocabularyPruning = 0, Pruning = 0.5 }), Stage.Compress);
        StudentRun student = result.Students.First(student => student.Role == Role.StudentCompressed);
        StudentShape shape = FoldedStudent.Load(_folder[$"tiny/{student.Folder}"]).Shape;
        Assert.Equal(6, shape.MapWidth);
        Assert.Equal(4, shape.EmbeddingWidth);
        Assert.Equal(0, shape.NgramBuckets);
        Assert.All(student.Compression!.Trials, trial => Assert.Equal("", trial.Refusal));
        Assert.Equal(["bits", "ngrams", "width", "ngrams", "filters"], student.Compression.Trials.Skip(1).Take(5).Select(trial => trial.Step));
    }

    [Theory]
    [InlineData(TuningTarget.Teacher, "soft_label")]
    [InlineData(TuningTarget.Labels, "hard_label")]
    public void Filters_go_in_rounds_with_training_between_and_rounding_is_trained_with(TuningTarget target, string term)
    {
        var losses = new List<string>();
        Recipe recipe = Recipe(new() { Apply = true, Gates = false, NgramPruning = 0, VocabularyPruning = 0, Rounds = 2, Epochs = 2, Target = target, QuantizationAware = QuantizationAware.Always });
        RunResult result = RunPipeline.Run(recipe, new() { Offline = true }, Stage.Compress, null, "",
            new Watcher(report => losses.Add(report.Message ?? "")), TestContext.Current.CancellationToken);
        CompressionResult compression = result.Students.First(student => student.Role == Role.StudentCompressed).Compression!;
        Assert.Contains(compression.Trials, trial => trial is { Step: "filters", Detail: "−50 % in 2 rounds", IsTaken: true });
        Assert.Equal("int8, trained with rounding", compression.Kept.Detail);
        Assert.Contains(losses, line => line.Contains(term, StringComparison.Ordinal));
        Assert.DoesNotContain(losses, line => line.Contains(target == TuningTarget.Labels ? "soft_label" : "hard_label", StringComparison.Ordinal));
    }

    [Fact]
    public void A_fine_tuning_that_was_done_is_not_done_again_when_a_job_goes_on()
    {
        Recipe recipe = Recipe(new() { Apply = true, Gates = false, NgramPruning = 0, VocabularyPruning = 0, QuantizationAware = QuantizationAware.Always });
        string tuned = "";
        var error = Assert.ThrowsAny<Exception>(() => RunPipeline.Run(recipe, new() { Offline = true }, Stage.Compress, null, "", new Watcher(report =>
        {
            // The filters are tuned, and the second training, with rounding, is under way.
            if (report.Message?.StartsWith("filters", StringComparison.Ordinal) == true)
                tuned = report.Message;
            if (tuned.Length > 0 && report.Total > 0)
                throw new OperationCanceledException();
        }), TestContext.Current.CancellationToken));
        Assert.IsAssignableFrom<OperationCanceledException>(error);
        int steps = 0;
        RunPipeline.Run(recipe, new() { Offline = true }, Stage.Compress, null, "", new Watcher(report =>
        {
            steps += report is { Total: > 0, Stage: "distill" } ? 1 : 0;
            _messages.Add(report.Message ?? "");
        }), TestContext.Current.CancellationToken);
        Assert.Contains(tuned[..tuned.IndexOf("times", StringComparison.Ordinal)].Split(", ")[0], string.Join('\n', _messages), StringComparison.Ordinal);
        // An epoch of 60 texts in batches of 8, once and not twice, less what was done before.
        Assert.InRange(steps, 1, 8);
    }

    [Fact]
    public void Agreement_is_counted_on_texts_that_nothing_is_made_from()
    {
        Again(Recipe(Loose with { Pruning = 0, VocabularyPruning = 0, AgreementTexts = 1000 }), Stage.Compress);
        Assert.StartsWith("agreement is counted on 30 texts, half of those there are; 1,000 were asked for (compression.agreement_texts, transfer.unlabelled); fewer",
            Assert.Single(_messages, message => message.StartsWith("agreement is counted", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Agreement_is_counted_on_made_texts_where_there_are_too_few_others_and_the_result_says_on_how_many()
    {
        Recipe recipe = Recipe(Loose with { Precision = StoredPrecision.F16, NarrowNgrams = false, NgramPruning = 0, VocabularyPruning = 0, WidthPruning = 0, Pruning = 0, AgreementTexts = 1000 });
        RunResult result = Again(recipe with
        {
            Augmentation = new() { Copies = 2, Mask = 0.2, Replace = 0.2, Neighbours = 3 },
            Transfer = recipe.Transfer with { NearDuplicates = 1 },
            Distillation = recipe.Distillation with { Epochs = 1 },
        }, Stage.Compress);
        int all = 60 + result.Augmentation!.Kept, counted = all / 2;
        Assert.InRange(counted, 61, 90);
        Assert.Contains(_messages, message => message.StartsWith($"agreement is counted on {counted} texts, {counted - 60} of them made from others", StringComparison.Ordinal));
        CompressionResult compression = result.Students.First(student => student.Role == Role.StudentCompressed).Compression!;
        Assert.Equal(counted, compression.AgreementTexts);
        Assert.Contains($"agreement on {counted} ", compression.ToTable().ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_older_version_wrote_is_read()
    {
        CompressionResult compression = JsonSerializer.Deserialize<CompressionResult>("""
            {"trials": [{"step": "uncompressed", "detail": "", "bytes": 9, "dev_accuracy": 1, "agreement": 1, "speedup": 1, "refusal": "", "is_taken": true}], "original": {}, "kept": {}}
            """, JsonForm.Indented)!;
        Assert.Equal((0, true), (compression.AgreementTexts, compression.IsUnchanged));
        Assert.Contains("agreement  µs a text  speed", compression.ToTable().ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Fine_tuning_and_fractionation_are_not_combined()
    {
        Recipe recipe = Recipe(Loose);
        var error = Assert.Throws<UsageException>(() => Again(recipe with { Fractionation = new() { Scores = [Retort.Fractionation.Score.Entropy] } }, Stage.Compress));
        Assert.Equal("compression.epochs", error.Key);
    }

    [Fact]
    public void A_file_in_the_way_stops_the_job_and_nothing_is_lost()
    {
        Recipe recipe = Recipe(Loose with { Pruning = 0, VocabularyPruning = 0 });
        _folder.Write("tiny/students/seed-1-compressed", "mine");
        string before = Hash("students/seed-1");
        var error = Assert.Throws<RetortException>(() => Again(recipe, Stage.Compress));
        Assert.Contains("stands there and is no student", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder["tiny/students/seed-1-compressed"]));
        Assert.Equal(before, Hash("students/seed-1"));
    }

    [Fact]
    public void On_a_full_disk_the_students_stay_as_they_were_and_none_is_half_written()
    {
        const int page = 4096;
        // The copy, a lock and a checkpoint's folder fit; a student more does not.
        long size = Directory.GetFiles(run.Result.Folder, "*", SearchOption.AllDirectories).Sum(file => (new FileInfo(file).Length + page - 1) / page * page);
        using var disk = new SmallDisk(_folder["tiny"], size + 2 * page);
        Recipe recipe = Recipe(Loose with { Pruning = 0, VocabularyPruning = 0 });
        string before = Hash("students/seed-1");
        Assert.Contains("No space left on device", Assert.ThrowsAny<Exception>(() => Again(recipe, Stage.Compress)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["tiny/students/seed-1-compressed"]));
        Assert.Equal(before, Hash("students/seed-1"));
    }

    [Fact]
    public void Texts_that_the_student_cannot_read_are_refused()
    {
        FoldedStudent student = FoldedStudent.Load(Path.Combine(run.Result.Folder, "students/seed-1"));
        using var judge = new CompressionJudge(Loose, Path.Combine(run.Result.Folder, "students/seed-1"), ToyCorpus.Rows(60, 24), null, ["good film"], _folder["scratch"], 1, default);
        foreach (string[] foreign in new string[][] { [""], ["酒店位置不错", "股市今天上涨"] })
        {
            var error = Assert.Throws<RetortException>(() => Compressor.Run(Loose, student, foreign, judge, (one, _, _) => one, null, default));
            Assert.Contains("expected texts of its own task and language", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_student_that_is_compressed_already_is_refused()
    {
        Recipe recipe = Recipe(Loose with { Pruning = 0 });
        Again(recipe, Stage.Compress);
        string student = _folder["tiny/students/seed-1-compressed"];
        FoldedStudent narrow = FoldedStudent.Load(student);
        using var judge = new CompressionJudge(Loose, student, ToyCorpus.Rows(60, 24), null,
            ["good film"], _folder["scratch"], 1, default);
        var error = Assert.Throws<RetortException>(() => Compressor.Run(Loose, narrow, ["good film"], judge, (one, _, _) => one, null, default));
        Assert.Contains("stored in fewer than 32 bits already", error.Message, StringComparison.Ordinal);
    }

    private Recipe Recipe(CompressionOptions options, params int[] seeds)
    {
        Recipe recipe = run.CopyTo(_folder);
        return recipe with { Compression = options, Distillation = recipe.Distillation with { Seeds = seeds.Length > 0 ? seeds : [1] } };
    }

    private RunResult Again(Recipe recipe, Stage to) => FinishedRun.Run(recipe, to, messages: _messages);

    private string Hash(string folder) => ContentHash.OfFile(_folder[$"tiny/{folder}/model.safetensors"]);
}
