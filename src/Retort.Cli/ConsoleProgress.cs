using Retort.Runs;
using Spectre.Console;

namespace Retort.Cli;

/// <summary>Shows the progress of a job in the way that suits the terminal.</summary>
internal static class ConsoleProgress
{
    // Of a terminal that does not tell its size, such as a pseudo-terminal that nobody has given one.
    private const int UsualHeight = 24, UsualWidth = 80;

    /// <summary>Runs a job on this thread with something to report to.</summary>
    public static T Run<T>(Terminal terminal, Func<IProgress<StageProgress>, T> job)
    {
        if (!terminal.IsLive)
            return job(new PlainProgress(terminal.Error, terminal.Clock));
        IAnsiConsole console = Redrawing(terminal.Error);
        return console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(bars => job(new LiveProgress(console, bars, terminal.Clock)));
    }

    /// <summary>A console that redraws its lines, whatever the environment says of the process's own terminal.</summary>
    internal static IAnsiConsole Redrawing(TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        (console.Profile.Capabilities.Ansi, console.Profile.Capabilities.Interactive) = (true, true);
        if (console.Profile.Height < 1)
            console.Profile.Height = UsualHeight;
        if (console.Profile.Width < 1)
            console.Profile.Width = UsualWidth;
        return console;
    }
}
