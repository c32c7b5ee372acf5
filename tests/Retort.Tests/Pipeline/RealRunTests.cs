using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Signals;
using Retort.Students;
using Retort.Teachers;
using Retort.Teachers.Sources;
using Retort.Transfer;

namespace Retort.Tests.Pipeline;

/// <summary>From raw text to a distilled student with real weights on real data, as small as still says something.</summary>
public sealed class RealRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MiniLm_taught_with_800_rows_makes_a_student_that_agrees_with_them()
    {
        string train = TestPaths.Data("sst2_glue", "train.tsv"), dev = TestPaths.Data("sst2_glue", "dev.tsv");
        var recipe = new Recipe
        {
            Name = "sst2",
            Runs = _folder.Path,
            Data = new DataOptions
            {
                Train = Sample(train, "train.tsv", 0, 800),
                Dev = Sample(dev, "dev.tsv", 0, 300),
                Test = Sample(dev, "test.tsv", 300, 400),
                Leaks = LeakPolicy.Drop,
            },
            Teacher = new TeachOptions { Encoder = await Encoder(), MaxLength = 48, Epochs = 2, BatchSize = 16, LearningRate = 1e-4 },
            Transfer = new TransferOptions { Unlabelled = [Sample(train, "transfer.tsv", 800, 3000)] },
            Labelling = new LabelOptions { PooledState = PooledState.None },
            Student = new StudentOptions { Filters = 64, NgramBuckets = 0 },
            Distillation = new DistillationOptions { Epochs = 6, BatchSize = 64, LearningRate = 2e-3, EvaluationsPerEpoch = 1 },
        };
        RunReport report = FinishedRun.Run(recipe, Stage.Evaluate).Report!;
        EvaluationResult teacher = report.Models[0].Test, student = report.Models[1].Test;
        double majority = teacher.PerClass.Max(one => one.Support) / (double)teacher.Texts;
        string said = report.Test.ToText();
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        Assert.True(teacher.Accuracy > majority + 0.1, said);
        Assert.True(student.Accuracy > majority + 0.1, said);
        Assert.True(student.Agreement > 0.7, said);
        Assert.True(report.Models[1].Latency!.P50 < report.Models[0].Latency!.P50, said);
    }

    private static async Task<string> Encoder()
    {
        string models = Environment.GetEnvironmentVariable("RETORT_MODELS") ?? "";
        if (models.Length > 0 && Directory.Exists(Path.Combine(models, "minilm")))
            return TestPaths.Model("minilm");
        try
        {
            return await ModelSource.ResolveAsync("minilm", new SourceOptions(), null, TestContext.Current.CancellationToken);
        }
        catch (RetortException e)
        {
            Assert.Skip($"minilm cannot be had here: {e.Message}");
            throw;
        }
    }

    /// <summary>Some rows of a file with their column names.</summary>
    private string Sample(string file, string name, int skip, int count)
    {
        string[] lines = [.. File.ReadLines(file).Take(1 + skip + count)];
        return _folder.Write(name, string.Join('\n', lines[..1].Concat(lines[(1 + skip)..])) + "\n");
    }
}
