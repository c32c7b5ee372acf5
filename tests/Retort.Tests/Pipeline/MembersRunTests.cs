using Retort.Compression;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Students;
using Retort.Tests.Distillation;
using static TorchSharp.torch;

namespace Retort.Tests.Pipeline;

/// <summary>Students that are several, merged, each on a copy of the finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class MembersRunTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_student_of_several_members_answers_with_the_mean_of_their_logits()
    {
        Recipe recipe = Recipe(3) with { Results = _folder["results.csv"] };
        RunResult result = Again(recipe, Stage.Evaluate);
        Assert.Equal(["evaluate", "members/1/seed-1", "members/1/seed-1-without-teacher", "members/2/seed-1", "members/2/seed-1-without-teacher", "members/3/seed-1",
            "members/3/seed-1-without-teacher", "students/seed-1", "students/seed-1-without-teacher"], Ran());
        foreach (string name in (string[])["seed-1", "seed-1-without-teacher"])
        {
            float[][] members = [.. Enumerable.Range(1, 3).Select(member => Logits($"members/{member}/{name}"))];
            Assert.NotEqual(members[0], members[1]);
            float[] merged = Logits($"students/{name}");
            // Of two classes what tells them apart is their difference.
            for (int k = 0; k < merged.Length; k += 2)
                Assert.Equal(members.Average(values => values[k + 1] - values[k]), merged[k + 1] - merged[k], 1e-3);
        }
        // The first is the student that there would be without the others.
        Assert.Equal(Hash("members/1/seed-1"), ContentHash.OfFile(Path.Combine(run.Result.Folder, "students/seed-1/model.safetensors")));
        StudentRun student = result.Students[0];
        Assert.Equal((1, "students/seed-1", 60), (student.Seed, student.Folder, student.Texts));
        Manifest manifest = Manifest.Load(result.Folder);
        NamedTraining[] trainings = [.. RunFiles.Read(result.Folder, manifest).Trainings];
        Assert.Equal(student.Training.Elapsed, TimeSpan.FromTicks(trainings.Where(training => training.Stage.StartsWith("members/", StringComparison.Ordinal) && training.Role == Role.Student)
            .Sum(training => training.Result.Elapsed.Ticks)));
        Assert.All(ResultsLog.Open(recipe.Results).Read().Where(line => line.Role is Role.Student or Role.StudentWithoutTeacher),
            line => Assert.Contains("distillation.members=3", line.Settings, StringComparison.Ordinal));
        string page = File.ReadAllText(Path.Combine(result.Folder, "report/report.html"));
        Assert.Contains("members/2/seed-1, step 8", page, StringComparison.Ordinal);
        _messages.Clear();
        Again(recipe, Stage.Evaluate);
        Assert.Empty(Ran());
    }

    [Fact]
    public void One_member_more_leaves_the_others_as_they_are_and_one_less_out_of_the_report()
    {
        Again(Recipe(2), Stage.Distill);
        string two = Hash("students/seed-1");
        _messages.Clear();
        Again(Recipe(3), Stage.Distill);
        Assert.Equal(["members/3/seed-1", "members/3/seed-1-without-teacher", "students/seed-1", "students/seed-1-without-teacher"], Ran());
        Assert.NotEqual(two, Hash("students/seed-1"));
        _messages.Clear();
        RunResult result = Again(Recipe(2), Stage.Evaluate);
        Assert.Equal(["evaluate", "students/seed-1", "students/seed-1-without-teacher"], Ran());
        Assert.Equal(two, Hash("students/seed-1"));
        Assert.DoesNotContain(RunFiles.Read(result.Folder, Manifest.Load(result.Folder)).Trainings, training => training.Stage.StartsWith("members/3/", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_merged_can_be_compressed()
    {
        RunResult result = Again(Recipe(2) with
        {
            Compression = new CompressionOptions { Apply = true, MaxLoss = 20, MinAgreement = 0.8, MinSpeedup = 0.01, AgreementTexts = 60, Epochs = 1, VocabularyPruning = 0 },
        }, Stage.Compress);
        StudentRun compressed = Assert.Single(result.Students, student => student.Role == Role.StudentCompressed);
        Assert.True(FoldedStudent.Load(_folder[$"tiny/{compressed.Folder}"]).Shape.MapWidth < FoldedStudent.Load(_folder["tiny/students/seed-1"]).Shape.MapWidth);
        Assert.True(compressed.Compression!.Kept.Bytes < compressed.Compression.Original.Bytes);
    }

    [Fact]
    public void Numbers_of_members_out_of_range_and_members_that_choose_texts_are_refused()
    {
        foreach (int members in (int[])[0, 17])
        {
            var error = Assert.Throws<UsageException>(() => Recipe(members).Validate());
            Assert.Equal("distillation.members", error.Key);
            Assert.Contains($"is {members}: expected a number from 1 to 16", error.Message, StringComparison.Ordinal);
        }
        Recipe choosing = Recipe(2) with { Fractionation = new FractionationOptions { Scores = [Score.Margin] } };
        var refused = Assert.Throws<UsageException>(() => choosing.Validate());
        Assert.Contains("distillation.members is 2, and fractionation.scores chooses texts", refused.Message, StringComparison.Ordinal);
    }

    private Recipe Recipe(int members)
    {
        Recipe recipe = Directory.Exists(_folder["tiny"]) ? run.Recipe with { Runs = _folder.Path, Results = "" } : run.CopyTo(_folder);
        return recipe with { Distillation = recipe.Distillation with { Seeds = [1], Members = members } };
    }

    private RunResult Again(Recipe recipe, Stage to) => FinishedRun.Run(recipe, to, messages: _messages);

    private float[] Logits(string student)
    {
        using Student loaded = Student.Load(_folder[$"tiny/{student}"], CPU);
        return loaded.Logits([.. Enumerable.Range(60, 54).Select(ToyCorpus.Text)]).Values;
    }

    private string Hash(string student) => ContentHash.OfFile(_folder[$"tiny/{student}/model.safetensors"]);

    private string[] Ran() => [.. _messages.Where(message => message.Contains(" runs", StringComparison.Ordinal))
        .Select(message => message[..message.IndexOf(" runs", StringComparison.Ordinal)]).Order(StringComparer.Ordinal)];
}
