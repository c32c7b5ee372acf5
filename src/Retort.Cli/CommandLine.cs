using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Retort.Cli.Verbs;
using Retort.Runs;
using Retort.Server;

namespace Retort.Cli;

/// <summary>The grammar of <c>retort</c>, and what becomes of errors.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show the stack of an unexpected error",
        Recursive = true,
    };

    /// <summary>The command with all its verbs.</summary>
    public static Command Create(Terminal terminal) => Root(terminal,
    [
        InitVerb.Create(terminal),
        AssessVerb.Create(terminal),
        RunVerb.Create(terminal),
        TeachVerb.Create(terminal),
        AugmentVerb.Create(terminal),
        LabelVerb.Create(terminal),
        FractionateVerb.Create(terminal),
        DistillVerb.Create(terminal),
        CompressVerb.Create(terminal),
        BenchVerb.Create(terminal),
        EvaluateVerb.Create(terminal),
        CascadeVerb.Create(terminal),
        TuneVerb.Create(terminal),
        PredictVerb.Create(terminal),
        ExportVerb.Create(terminal),
        DemoVerb.Create(terminal),
        ServeVerb.Create(terminal),
        ReportVerb.Create(terminal),
        ResultsVerb.Create(terminal),
    ]);

    /// <summary>A plain command, not a root command: its name is retort, whatever the file is called.</summary>
    internal static Command Root(Terminal terminal, IEnumerable<Command> verbs)
    {
        var root = new Command("retort", "Distils a BERT text classifier into a TextCNN that answers thousands of times faster.")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
            Verbose,
        };
        foreach (Command verb in verbs)
            root.Add(verb);
        root.Add(CompletionVerb.Create(terminal, root));
        return root.WithExample("retort init my.yaml", "source <(retort completion bash)");
    }

    /// <summary>Runs a command line and returns the exit code of the process; never throws.</summary>
    public static Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation) =>
        RunAsync(Create(terminal), args, terminal, cancellation);

    internal static async Task<int> RunAsync(Command root, string[] args, Terminal terminal, CancellationToken cancellation)
    {
        // The name alone asks what there is.
        string[] words = args.Length == 0 ? ["--help"] : args;
        ParseResult parsed = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        bool asksForHelp = parsed.Action is { ClearsParseErrors: true };
        // An argument would take a mistyped option for its value; after -- it may.
        string? unknown = words.TakeWhile(word => word != "--").FirstOrDefault(word => IsUnknownOption(parsed, word));
        if (!asksForHelp && unknown is not null)
            return Refuse(parsed, [$"unknown option '{unknown}'"], terminal, unknown);
        if (!asksForHelp && parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var verb, ..])
            return Refuse(parsed, [$"unknown command '{verb}'"], terminal, verb);
        if (!asksForHelp && parsed.Errors.Count > 0)
            return Refuse(parsed, parsed.Errors.Select(Message), terminal);
        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await terminal.Error.WriteLineAsync("interrupted").ConfigureAwait(false);
            return ExitCodes.Interrupted;
        }
        catch (Exception e)
        {
            return Report(e, terminal, parsed.GetValue(Verbose));
        }
        finally
        {
            await terminal.Out.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    // Of what is no number the parser says which type of .NET it is not.
    private static string Message(ParseError error)
    {
        if (error.SymbolResult is not OptionResult { Option: var option, Tokens: [{ Value: var given }] })
            return error.Message;
        Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return type == typeof(int) || type == typeof(long) ? $"{option.Name} is '{given}': expected a whole number"
            : type == typeof(double) ? $"{option.Name} is '{given}': expected a number" : error.Message;
    }

    private static bool IsUnknownOption(ParseResult parsed, string word) =>
        word.StartsWith("--", StringComparison.Ordinal)
        && (parsed.UnmatchedTokens.Contains(word)
            || parsed.Tokens.Any(token => token.Type == TokenType.Argument && token.Value == word));

    private static int Refuse(ParseResult parsed, IEnumerable<string> errors, Terminal terminal, string? unknown = null)
    {
        Command verb = parsed.CommandResult.Command;
        foreach (string error in errors)
            terminal.Error.WriteLine($"error: {error}");
        string[] words = [.. verb.Subcommands.Where(inner => !inner.Hidden).Select(inner => inner.Name),
            .. OptionNames(verb), .. OptionNames(parsed.RootCommandResult.Command)];
        unknown ??= parsed.UnmatchedTokens is [var first, ..] ? first : null;
        if (unknown is not null && NearestName.Find(unknown, words) is { } near)
            terminal.Error.WriteLine($"did you mean '{near}'?");
        terminal.Error.WriteLine($"'{verb.FullName()} --help' lists what can stand here");
        return ExitCodes.WrongUsage;
    }

    private static IEnumerable<string> OptionNames(Command command) => command.Options.Select(option => option.Name);

    private static int Report(Exception error, Terminal terminal, bool verbose)
    {
        // The runtime, which knows no RetortException, says of a corrupt file that its data are invalid.
        bool expected = error is RetortException or ServerOptionException or IOException or InvalidDataException or UnauthorizedAccessException;
        terminal.Error.WriteLine(expected
            ? $"error: {error.Message}"
            : $"error: {error.GetType().Name}: {error.Message}\nThis is a bug in Retort: please report it with the " +
              $"command{(verbose ? "" : " and what --verbose adds")}.");
        if (verbose)
            terminal.Error.WriteLine(error);
        return error is UsageException or ServerOptionException ? ExitCodes.WrongUsage : ExitCodes.JobFailed;
    }
}
