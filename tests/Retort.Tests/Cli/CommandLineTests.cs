using System.CommandLine;
using Retort.Cli;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tests.Cli;

public sealed class CommandLineTests
{
    private readonly TestTerminal _terminal = new();

    [Fact]
    public async Task The_name_alone_shows_the_verbs()
    {
        Assert.Equal(0, await _terminal.Run());
        Assert.Contains("init <path>", _terminal.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_verb_has_a_description_and_an_example()
    {
        foreach (Command verb in CommandLine.Create(_terminal.Terminal).Subcommands)
        {
            var terminal = new TestTerminal();
            Assert.Equal(0, await terminal.Run(verb.Name, "--help"));
            Assert.Contains(verb.Description!, terminal.Out.ToString(), StringComparison.Ordinal);
            Assert.Matches($@"Examples?:\n  .*retort {verb.Name}", terminal.Out.ToString());
        }
    }

    [Theory]
    [InlineData("intt a.yaml", "error: unknown command 'intt'\ndid you mean 'init'?\n'retort --help' lists")]
    [InlineData("completion fish", "error: unknown command 'fish'\n'retort completion --help' lists")]
    [InlineData("run --from 7", "error: --from is '7': expected one of teach, augment, label, fractionate, distill, compress, evaluate\n")]
    [InlineData("run --from distil", "evaluate; did you mean distill?\n")]
    [InlineData("predict folder --threads two", "error: --threads is 'two': expected a whole number\n")]
    [InlineData("init --frce", "unknown option '--frce'\ndid you mean '--force'?")]
    [InlineData("init a b", "'retort init --help' lists what can stand here")]
    [InlineData("init --set", "--set")]
    [InlineData("completion suggest x y", "'x'")]
    public async Task A_wrong_command_line_is_refused_with_code_2(string line, string message)
    {
        Assert.Equal(2, await _terminal.Run(line.Split(' ')));
        Assert.Contains(message, _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _terminal.Out.ToString());
    }

    [Theory]
    [InlineData(typeof(RetortException), 1, "error: text\n")]
    [InlineData(typeof(UsageException), 2, "error: text\n")]
    [InlineData(typeof(IOException), 1, "error: text\n")]
    [InlineData(typeof(UnauthorizedAccessException), 1, "error: text\n")]
    [InlineData(typeof(InvalidDataException), 1, "error: text\n")]
    [InlineData(typeof(InvalidOperationException), 1, "This is a bug in Retort")]
    [InlineData(typeof(OperationCanceledException), 1, "This is a bug in Retort")]
    public async Task Each_kind_of_error_has_its_exit_code(Type type, int code, string message)
    {
        Command root = Throwing(() => throw (Exception)Activator.CreateInstance(type, "text")!);
        Assert.Equal(code, await CommandLine.RunAsync(root, ["fail"], _terminal.Terminal, CancellationToken.None));
        Assert.Contains(message, _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stack_of_a_bug_is_shown_on_request()
    {
        Command root = Throwing(() => throw new InvalidOperationException("text"));
        Assert.Equal(1, await CommandLine.RunAsync(root, ["fail", "--verbose"], _terminal.Terminal, CancellationToken.None));
        Assert.Contains("   at ", _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interruption_has_code_130()
    {
        using var interrupted = new CancellationTokenSource();
        Command root = Throwing(() =>
        {
            interrupted.Cancel();
            interrupted.Token.ThrowIfCancellationRequested();
        });
        Assert.Equal(130, await CommandLine.RunAsync(root, ["fail"], _terminal.Terminal, interrupted.Token));
        Assert.Equal("interrupted\n", _terminal.Error.ToString());
    }

    [Fact]
    public async Task The_common_options_change_the_recipe()
    {
        Recipe? loaded = null;
        Command root = Recording(recipe => loaded = recipe);
        Assert.Equal(0, await CommandLine.RunAsync(root,
            ["use", "--drop-leaks", "--skip-bad-rows", "--device", "cpu", "--threads", "2", "--set", "teacher.epochs=7", "--set", "name=x"],
            _terminal.Terminal, CancellationToken.None));
        Assert.Equal(
            (Retort.Data.LeakPolicy.Drop, true, Retort.Training.DeviceChoice.Cpu, 2, 7, "x"),
            (loaded!.Data.Leaks, loaded.Data.SkipBadRows, loaded.Machine.Device, loaded.Machine.Threads, loaded.Teacher.Epochs, loaded.Name));
    }

    [Theory]
    [InlineData("use --drop-leaks --allow-leaks", "--allow-leaks: data.leaks is already set by --drop-leaks")]
    [InlineData("use --device gpu", "--device: machine.device is 'gpu': expected one of auto, cpu, cuda")]
    [InlineData("use --threads -3", "--threads: machine.threads is -3: expected a number from 0 to 1024")]
    [InlineData("use --threads two", "--threads is 'two': expected a whole number")]
    [InlineData("use --set name=@file --set name=b", "name is already set by --set name=@file")]
    public async Task Common_options_that_make_no_sense_are_refused(string line, string message)
    {
        Assert.Equal(2, await CommandLine.RunAsync(Recording(_ => { }), line.Split(' '), _terminal.Terminal, CancellationToken.None));
        Assert.Contains(message, _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    private Command Throwing(Action action)
    {
        var verb = new Command("fail", "Fails.");
        verb.SetAction(_ => action());
        return CommandLine.Root(_terminal.Terminal, [verb]);
    }

    private Command Recording(Action<Recipe> use)
    {
        var options = new RecipeOptions();
        var verb = new Command("use", "Uses a recipe.");
        options.AddTo(verb);
        verb.SetAction(parsed => use(options.Load(parsed, path: null)));
        return CommandLine.Root(_terminal.Terminal, [verb]);
    }
}
