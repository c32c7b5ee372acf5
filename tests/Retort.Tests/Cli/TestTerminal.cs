using System.Text;
using Retort.Cli;

namespace Retort.Tests.Cli;

/// <summary>A terminal that keeps what is written.</summary>
internal sealed class TestTerminal
{
    public TestTerminal(string input = "") => Terminal = new Terminal
    {
        In = new MemoryStream(Encoding.UTF8.GetBytes(input)),
        Out = Out,
        Error = Error,
    };

    public Terminal Terminal { get; }

    public StringWriter Out { get; } = new() { NewLine = "\n" };

    public StringWriter Error { get; } = new() { NewLine = "\n" };

    public Task<int> Run(params string[] args) =>
        CommandLine.RunAsync(args, Terminal, TestContext.Current.CancellationToken);
}
