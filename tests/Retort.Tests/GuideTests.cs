using System.CommandLine.Parsing;
using Retort.Cli;
using Retort.Runtime.Model;
using Retort.Tests.Cli;
using Retort.Tests.Distillation;
using Retort.Tests.Teachers;

namespace Retort.Tests;

/// <summary>Every command of the guides, one after the other as they stand there, on a corpus of a few words.</summary>
public sealed class GuideTests : IDisposable
{
    /// <summary>What suits a few words, in the recipe that a guide begins with; whatever else it sets is as it stands there.</summary>
    private static readonly string[] Sizes =
    [
        "teacher.encoder=encoder", "teacher.max_length=12", "teacher.learning_rate=5e-3", "teacher.batch_size=8", "teacher.accept_weak=true", "distillation.batch_size=8", "report.latency_seconds=0.05",
    ];

    /// <summary>What a tiny encoder has less of.</summary>
    private static readonly (string Given, string Run)[] Smaller = [("teacher.encoder=hf:google-bert/bert-base-chinese", "teacher.encoder=encoder"), ("teacher.encoder=minilm", "teacher.encoder=encoder"), ("teacher.layers=4", "teacher.layers=1")];

    /// <summary>Verbs without a recipe.</summary>
    private static readonly string[] Plain = ["bench", "predict", "export", "report", "results", "completion"];

    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Directory.GetCurrentDirectory();

    public GuideTests()
    {
        TinyBert.Write(_folder["encoder"]);
        TinyBert.Write(_folder["my-teacher"], classes: 2);
        string config = _folder["my-teacher/config.json"];
        File.WriteAllText(config, File.ReadAllText(config).Replace("class0", "bad", StringComparison.Ordinal).Replace("class1", "good", StringComparison.Ordinal));
        _folder.Write("train.tsv", Rows(0, 60));
        _folder.Write("dev.tsv", Rows(60, 24));
        _folder.Write("test.tsv", Rows(84, 30));
        _folder.Write("more.tsv", "text\n" + string.Concat(Enumerable.Range(120, 60).Select(k => $"{ToyCorpus.Text(k)} more {k}\n")));
        foreach ((string part, int start, int count) in new[] { ("train", 0, 60), ("dev", 60, 24), ("test", 84, 30) })
        {
            _folder.Write($"logits.{part}.tsv", "row\tlogit:bad\tlogit:good\n"
                + string.Concat(Enumerable.Range(0, count).Select(k => $"{k}\t{(IsGood(start + k) ? -1 : 1)}\t{(IsGood(start + k) ? 1 : -1)}\n")));
        }
        Directory.SetCurrentDirectory(_folder.Path);
    }

    public void Dispose()
    {
        Directory.SetCurrentDirectory(_before);
        _folder.Dispose();
    }

    public static TheoryData<string> Guides =>
        ["another-domain.md", "chinese.md", "dear-teacher.md", "fastest.md", "imbalanced-classes.md", "no-labels.md", "own-teacher.md", "smallest.md", "worth-it.md"];

    [Theory]
    [MemberData(nameof(Guides))]
    public async Task Every_command_of_a_guide_works(string guide)
    {
        string[] commands = [.. ReadmeTests.Commands(Page(guide))];
        Assert.NotEmpty(commands);
        foreach (string command in commands)
        {
            string[] words = [.. CommandLineParser.SplitCommandLine(command).Select(word => Smaller.FirstOrDefault(pair => pair.Given == word).Run ?? word)];
            var terminal = new TestTerminal();
            int code = await terminal.Run([.. words, .. words[0] == "init" ? Sets(words) : Plain.Contains(words[0]) ? [] : ["--offline", "--threads", "1"]]);
            Assert.True(code == ExitCodes.Done, $"{guide}: retort {command}\n{terminal.Out}\n{terminal.Error}");
        }
    }

    [Fact]
    public async Task The_guide_to_the_smallest_student_ends_with_one_in_8_bits()
    {
        await Every_command_of_a_guide_works("smallest.md");
        using SafetensorsFile student = SafetensorsFile.Open(_folder["runs/small/student/model.safetensors"]);
        Assert.Contains(student.Tensors.Values, tensor => tensor.Type == TensorType.I8);
    }

    [Fact]
    public void No_other_page_among_them_has_commands() => Assert.Equal(Guides.Select(guide => guide.Data).Order(StringComparer.Ordinal),
        Directory.GetFiles(Path.Combine(TestPaths.Root, "docs", "guides"), "*.md").Select(page => Path.GetFileName(page)!)
            .Where(page => ReadmeTests.Commands(Page(page)).Any()).Order(StringComparer.Ordinal));

    [Fact]
    public void The_code_of_the_web_api_is_the_samples() => Assert.Contains(
        "```csharp\n" + File.ReadAllText(Path.Combine(TestPaths.Root, "samples", "WebApi", "Program.cs")).ReplaceLineEndings("\n") + "```\n", Page("web-api.md"), StringComparison.Ordinal);

    private static string Page(string name) => File.ReadAllText(Path.Combine(TestPaths.Root, "docs", "guides", name)).ReplaceLineEndings("\n");

    // With finished teachers alone nothing of an encoder's training has an effect.
    private static IEnumerable<string> Sets(string[] words) => Sizes.Where(size => !words.Contains(size) && !(size.StartsWith("teacher.", StringComparison.Ordinal) && words.Any(word => word.StartsWith("teacher.sources=", StringComparison.Ordinal))
        && (size != "teacher.accept_weak=true" || words.Contains("data.unlabelled=true")))).SelectMany(size => (string[])["--set", size]);

    private static bool IsGood(int k) => ToyCorpus.Labels[ToyCorpus.Class(k)] == "good";

    private static string Rows(int start, int count) => "text\tlabel\n" + string.Concat(Enumerable.Range(start, count).Select(k => $"{ToyCorpus.Text(k)}\t{(IsGood(k) ? "good" : "bad")}\n"));
}
