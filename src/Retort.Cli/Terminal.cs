using System.Text;
using Spectre.Console;

namespace Retort.Cli;

/// <summary>Where a command reads and writes: results go to <see cref="Out"/>, everything for people to <see cref="Error"/>.</summary>
internal sealed class Terminal : IDisposable
{
    public required Stream In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether a person watches <see cref="Error"/> on something that can redraw a line.</summary>
    public bool IsLive { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public static Terminal OfProcess() => new()
    {
        In = Console.OpenStandardInput(),
        Out = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { NewLine = "\n" },
        Error = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false))
        {
            NewLine = "\n",
            AutoFlush = true,
        }),
        IsLive = !Console.IsErrorRedirected && AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Profile.Capabilities.Ansi,
    };

    public void Dispose()
    {
        Out.Dispose();
        Error.Dispose();
        In.Dispose();
    }
}
