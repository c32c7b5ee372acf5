using Retort.Runs;
using Spectre.Console;

namespace Retort.Cli;

/// <summary>Shows the progress of a job in the way that suits the terminal.</summary>
internal static class ConsoleProgress
{
    /// <summary>Runs a job on this thread with something to report to.</summary>
    public static T Run<T>(Terminal terminal, Func<IProgress<StageProgress>, T> job)
    {
        if (!terminal.IsLive)
            return job(new PlainProgress(terminal.Error, terminal.Clock));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(terminal.Error),
            Interactive = InteractionSupport.Yes,
        });
        return console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(bars => job(new LiveProgress(console, bars, terminal.Clock)));
    }
}
