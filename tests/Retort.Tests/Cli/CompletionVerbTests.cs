namespace Retort.Tests.Cli;

public sealed class CompletionVerbTests
{
    [Theory]
    [InlineData("in", "init")]
    [InlineData("init --fo", "--force")]
    [InlineData("init --set distillation.temp", "distillation.temperature=")]
    public async Task It_completes_verbs_options_and_recipe_keys(string line, string completion)
    {
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("completion", "suggest", $"{line.Length}", line));
        Assert.Contains(completion, terminal.Out.ToString().Split('\n'));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    public async Task The_script_binds_a_function_to_the_command(string shell)
    {
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("completion", shell));
        Assert.Contains("complete -o default -F _retort retort\n", terminal.Out.ToString(), StringComparison.Ordinal);
    }
}
