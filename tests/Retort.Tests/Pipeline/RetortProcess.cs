using System.Diagnostics;
using Retort.Cli;

namespace Retort.Tests.Pipeline;

/// <summary>The command line as a process of its own, which can be killed.</summary>
internal static class RetortProcess
{
    public static Process Start(params string[] arguments)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
        return Process.Start(new ProcessStartInfo(host, [typeof(ExitCodes).Assembly.Location, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
    }
}
