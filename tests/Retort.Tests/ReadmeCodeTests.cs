using System.Text.RegularExpressions;
using Retort.Runtime;
using Retort.Students;
using Retort.Tests.Students;
using static TorchSharp.torch;

namespace Retort.Tests;

/// <summary>The C# of the README, which stands here word by word, compiled and run.</summary>
public sealed partial class ReadmeCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_code_of_the_readme_classifies()
    {
        using (var scope = NewDisposeScope())
        using (Student student = StudentTests.Build(StudentTests.Options["random"]))
            student.Save(_folder["runs/reviews/student"]);
        using var output = new StringWriter();
        Run(_folder.Path, output);
        Assert.Matches(@"^(good|bad) [01][.,]\d\d\n$", output.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void It_is_the_readmes()
    {
        string readme = Block().Match(File.ReadAllText(Path.Combine(TestPaths.Root, "README.md"))).Groups[1].Value;
        string source = File.ReadAllText(Path.Combine(TestPaths.Root, "tests", "Retort.Tests", "ReadmeCodeTests.cs"));
        string[] lines = [.. readme.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal(4, lines.Length);
        foreach (string line in lines)
        {
            string run = line.Replace("\"runs/reviews/student\"", "Path.Combine(folder, \"runs/reviews/student\")", StringComparison.Ordinal)
                .Replace("Console.", "output.", StringComparison.Ordinal);
            Assert.Contains(run, source, StringComparison.Ordinal);
        }
    }

    private static void Run(string folder, TextWriter output)
    {
        using var classifier = TextClassifier.Load(Path.Combine(folder, "runs/reviews/student"));
        Classification answer = classifier.Classify("What a film!");
        output.WriteLine($"{answer.Label} {answer.Probability:0.00}");
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
