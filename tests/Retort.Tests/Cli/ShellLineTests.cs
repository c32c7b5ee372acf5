using Retort.Cli;

namespace Retort.Tests.Cli;

public sealed class ShellLineTests
{
    [Theory]
    [InlineData("retort run r.yaml --set distillation.seeds=[1,2,3]", "retort", "run", "r.yaml", "--set", "distillation.seeds=[1,2,3]")]
    [InlineData("retort run 'my recipe.yaml'", "retort", "run", "my recipe.yaml")]
    [InlineData("a 'it'\\''s' '' '$HOME' '字;'", "a", "it's", "", "$HOME", "字;")]
    public void Words_that_a_shell_would_take_apart_are_quoted(string line, params string[] words) =>
        Assert.Equal(line, ShellLine.Of(words));
}
