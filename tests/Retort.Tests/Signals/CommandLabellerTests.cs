using Retort.Data;
using Retort.Runs;
using Retort.Signals;

namespace Retort.Tests.Signals;

/// <summary>The programs are shell scripts: a system without /bin/sh skips these.</summary>
public sealed class CommandLabellerTests : IDisposable
{
    private const string NoShell = "there is no /bin/sh here";

    // Answers with the length of the line as the first class's logit.
    private const string Obliging = """
        n=0
        while read -r line; do echo "{\"id\": $n, \"logits\": {\"bad\": ${#line}, \"good\": 0}}"; n=$((n+1)); done
        """;

    private static readonly LabelSet Labels = new(["bad", "good"]);
    private static readonly string[] Texts = [.. Enumerable.Range(0, 5000).Select(k => new string('x', 1 + k % 7) + "é\n\"")];

    private readonly TemporaryFolder _folder = new();

    public static bool HasShell => File.Exists("/bin/sh");

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = NoShell, SkipUnless = nameof(HasShell))]
    public void Thousands_of_texts_come_back_in_order_over_several_shards()
    {
        using CommandLabeller labeller = Make(Obliging);
        int done = 0;
        float[] first = labeller.Label(Texts, (more, _) => done += more, TestContext.Current.CancellationToken).Logits;
        float[] second = labeller.Label(Texts[..3], null, TestContext.Current.CancellationToken).Logits;
        Assert.Equal((10_000, 5000), (first.Length, done));
        Assert.Equal(6, first[12] - first[0]);
        // The ids have grown from one digit to four.
        Assert.Equal([0f, 1, 2], new[] { second[0], second[2], second[4] }.Select(value => value - second[0]));
        Assert.Equal(3, second[0] - first[0]);
    }

    [Theory(Skip = NoShell, SkipUnless = nameof(HasShell))]
    [InlineData("echo '{\"id\": 0, \"p\": {\"bad\": 0.5, \"good\": 0.5}}'; read -r a; echo no disk >&2; exit 3", "ended with exit code 3", "no disk")]
    [InlineData("read -r a; sleep 60", "has not answered 'one' in 1 s", "signals.command_timeout")]
    [InlineData("read -r a; echo '{\"id\": 1, \"logits\": [1, 2]}'; sleep 60", "answered '{\"id\": 1, \"logits\": [1, 2]}' to the text with id 0", "in the order of the texts")]
    [InlineData("read -r a; echo '{\"logits\": [1, 2]}'; sleep 60", "to the text with id 0", "each with its id")]
    [InlineData("read -r a; echo 'loading'; sleep 60", "answered 'loading': not a JSON object", "")]
    [InlineData("read -r a; echo '{\"id\": 0, \"logits\": [1]}'; sleep 60", "there is no column for the class 'good'", "")]
    [InlineData("read -r a; echo '{\"id\": 0, \"p\": {\"bad\": 0.5}}'; sleep 60", "the probabilities sum to 0.5", "")]
    [InlineData("read -r a; echo '{\"id\": 0, \"p\": {\"fair\": 1}}'; sleep 60", "'p:fair' names no class of the data", "")]
    [InlineData("exit 0", "ended with exit code 0 before it answered", "expected a line for each text")]
    public void A_program_that_dies_hangs_or_answers_wrongly_is_named_with_what_it_said(string script, string found, string cure)
    {
        using CommandLabeller labeller = Make(script, 1);
        var error = Assert.Throws<RetortException>(() => labeller.Label(["one", "two"], null, TestContext.Current.CancellationToken));
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains(cure, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("the teacher `sh ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_script_under_the_same_name_is_another_source()
    {
        File.WriteAllText(_folder["t.sh"], "one");
        string line = $"sh {_folder["t.sh"]}";
        using var one = new CommandLabeller(line, Labels, TaskKind.SingleLabel, TimeSpan.FromSeconds(1));
        File.WriteAllText(_folder["t.sh"], "two");
        using var two = new CommandLabeller(line, Labels, TaskKind.SingleLabel, TimeSpan.FromSeconds(1));
        Assert.NotEqual(one.Source.Fingerprint, two.Source.Fingerprint);
    }

    private CommandLabeller Make(string script, double seconds = 60)
    {
        File.WriteAllText(_folder["teacher.sh"], script);
        return new CommandLabeller($"sh {_folder["teacher.sh"]}", Labels, TaskKind.SingleLabel, TimeSpan.FromSeconds(seconds));
    }
}
