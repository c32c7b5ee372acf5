using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Retort.Cli;

/// <summary>Adds an example to the help of a command.</summary>
internal static class CommandExamples
{
    public static Command WithExample(this Command command, params string[] examples)
    {
        HelpOption help = command.Options.OfType<HelpOption>().FirstOrDefault() ?? new HelpOption();
        if (!command.Options.Contains(help))
            command.Add(help);
        help.Action = new HelpWithExample((HelpAction)help.Action!, examples);
        return command;
    }

    /// <summary>The verb as it is typed: <c>retort init</c>.</summary>
    public static string FullName(this Command command) =>
        string.Join(' ', command.Parents.OfType<Command>().Take(1).Select(FullName).Append(command.Name));

    private sealed class HelpWithExample(HelpAction help, string[] examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parsed)
        {
            int code = help.Invoke(parsed);
            TextWriter output = parsed.InvocationConfiguration.Output;
            output.WriteLine(examples.Length == 1 ? "Example:" : "Examples:");
            foreach (string example in examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
            return code;
        }
    }
}
