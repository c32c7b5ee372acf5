using System.CommandLine;

namespace Retort.Cli.Verbs;

/// <summary><c>retort completion</c>: the script that lets a shell complete verbs, options and recipe keys.</summary>
internal static class CompletionVerb
{
    private const string Script = """
        _retort() {
            local line="${COMP_LINE#* }" IFS=$'\n'
            local point=$((COMP_POINT - (${#COMP_LINE} - ${#line})))
            COMPREPLY=($(compgen -W "$(retort completion suggest "$point" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
        }
        complete -o default -F _retort retort
        """;

    public static Command Create(Terminal terminal, Command root)
    {
        var command = new Command("completion", "Prints a script that completes verbs, options and recipe keys in a shell.")
        {
            Shell(terminal, "bash", Script).WithExample("source <(retort completion bash)"),
            Shell(terminal, "zsh", $"autoload -U +X bashcompinit && bashcompinit\n{Script}").WithExample("source <(retort completion zsh)"),
            Suggest(terminal, root),
        };
        return command.WithExample("source <(retort completion bash)");
    }

    private static Command Shell(Terminal terminal, string name, string script)
    {
        var command = new Command(name, $"The script for {name}.");
        command.SetAction(_ => terminal.Out.WriteLine(script.ReplaceLineEndings("\n")));
        return command;
    }

    private static Command Suggest(Terminal terminal, Command root)
    {
        var point = new Argument<int>("position");
        var line = new Argument<string>("line");
        var command = new Command("suggest", "Completions of a line at a position.") { point, line };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            string text = parsed.GetRequiredValue(line);
            int position = Math.Clamp(parsed.GetRequiredValue(point), 0, text.Length);
            foreach (var item in root.Parse(text).GetCompletions(position))
                terminal.Out.WriteLine(item.Label);
        });
        return command;
    }
}
