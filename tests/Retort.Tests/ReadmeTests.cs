using System.CommandLine;
using System.Text.RegularExpressions;
using Retort.Cli;

namespace Retort.Tests;

public sealed partial class ReadmeTests
{
    public static TheoryData<string> Pages =>
        ["README.md", .. Directory.GetFiles(Path.Combine(TestPaths.Root, "docs"), "*.md", SearchOption.AllDirectories).Select(page => Path.GetRelativePath(TestPaths.Root, page))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_on_a_page_is_understood(string page)
    {
        using Terminal terminal = new() { In = Stream.Null, Out = TextWriter.Null, Error = TextWriter.Null };
        Command root = CommandLine.Create(terminal);
        foreach (string command in Commands(File.ReadAllText(Path.Combine(TestPaths.Root, page))))
            Assert.True(root.Parse(command).Errors.Count == 0, $"{page}: retort {command}: {string.Join("; ", root.Parse(command).Errors)}");
    }

    [Fact]
    public void The_readme_shows_the_main_job_and_the_tests()
    {
        string readme = File.ReadAllText(Path.Combine(TestPaths.Root, "README.md"));
        Assert.Contains("demo", Commands(readme));
        Assert.Contains("\ndotnet test -c Release\n", readme, StringComparison.Ordinal);
        Assert.Contains("dotnet test -c Release", File.ReadAllText(Path.Combine(TestPaths.Root, ".ci", "run")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_on_a_page_leads_somewhere(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(TestPaths.Root, page))!;
        foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(TestPaths.Root, page))))
            Assert.True(Path.Exists(Path.Combine(folder, link.Groups[1].Value)), $"{page}: {link.Groups[1].Value}");
    }

    /// <summary>What follows <c>retort</c> on the lines of code blocks, comments and pipes left out, a line that a backslash carries on taken as one.</summary>
    internal static IEnumerable<string> Commands(string markdown) =>
        from block in Block().Matches(markdown)
        from line in block.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        let match = Command().Match(line)
        where match.Success
        select match.Groups[1].Value.Trim();

    [GeneratedRegex("```(?:sh|bash|console)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(?:.*\| *)?(?:retort|dotnet run -c Release --project src/Retort\.Cli --) ([^#>|]*)")]
    private static partial Regex Command();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)\)")]
    private static partial Regex Link();
}
