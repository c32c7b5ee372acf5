using Retort.Cli.Verbs;
using Retort.Data;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Students;
using Retort.Tests.Cli;
using Retort.Tests.Teachers;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Pipeline;

/// <summary>The demo from the SDK's documentation to its last line, with an encoder too small to learn much.</summary>
public sealed class DemoRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestTerminal _terminal = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_demo_compares_four_models_hands_over_a_student_and_classifies_five_sentences()
    {
        var machine = new MachineOptions { Device = DeviceChoice.Cpu, Threads = 1 };
        Recipe quick = Demo.Prepare(Path.GetRelativePath(Directory.GetCurrentDirectory(), _folder.Path), quick: true, machine, null, TestContext.Current.CancellationToken);
        Assert.Equal(_folder["demo-quick/data/train.tsv"], quick.Data.Train);
        Recipe recipe = quick with
        {
            Data = quick.Data with { Train = Shortened(quick.Data.Train, 400), Test = Shortened(quick.Data.Test, 200) },
            // A teacher of 16 words and one epoch is no better than a guess, and is not what this is about.
            Teacher = quick.Teacher with { Encoder = TinyBert.Write(_folder["encoder"]), MaxLength = TinyBert.Positions, Epochs = 1, AcceptWeak = true },
            Transfer = quick.Transfer with { Unlabelled = [Shortened(quick.Transfer.Unlabelled[0], 500)] },
            Student = quick.Student with { Filters = 8, NgramBuckets = 0 },
            Distillation = quick.Distillation with { Epochs = 1 },
        };

        RunResult result = FinishedRun.Run(recipe, Stage.Evaluate);
        DemoVerb.Write(_terminal.Terminal, result, machine);

        Assert.Equal(_folder["demo-quick"], result.Folder);
        Assert.Equal([Role.Teacher, Role.Student, Role.StudentWithoutTeacher, Role.Linear],
            result.Report!.Test.Rows.Select(row => row.Role));
        LabelSet areas;
        using (Student student = Student.Load(_folder["demo-quick/student"], CPU))
            areas = student.Labels;
        Assert.InRange(areas.Count, 12, 16);
        string said = _terminal.Out.ToString();
        Assert.Contains("test, 200 texts", said, StringComparison.Ordinal);
        Assert.Contains("agreement with teacher", said, StringComparison.Ordinal);
        Assert.All(areas.Names, area => Assert.Contains($"\n{area} ", said, StringComparison.Ordinal));
        string[] lines = said.Split('\n');
        string[] answers = [.. Demo.Sentences.Select(sentence => Assert.Single(lines, line => line.EndsWith(sentence, StringComparison.Ordinal)))];
        Assert.All(answers, line => Assert.Contains(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], areas.Names));
        Assert.Contains($"retort predict {_folder["demo-quick/student"]} ", said, StringComparison.Ordinal);
    }

    /// <summary>The column names and the first rows of a file.</summary>
    private string Shortened(string file, int rows) =>
        _folder.Write(Path.GetFileName(file), string.Join('\n', File.ReadLines(file).Take(1 + rows)) + "\n");
}
