using System.Diagnostics;
using System.Reflection;
using Retort.Cli;

namespace Retort.Tests.Pipeline;

/// <summary>The command line as a process of its own, which can be killed.</summary>
internal static class RetortProcess
{
    /// <summary>What runs a program's assembly.</summary>
    public static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

    public static Process Start(params string[] arguments) => Process.Start(Describe(typeof(ExitCodes).Assembly, arguments))!;

    /// <summary>How a program is started, for those who add to it.</summary>
    public static ProcessStartInfo Describe(Assembly program, params string[] arguments) => new(Host, [program.Location, .. arguments])
    {
        RedirectStandardError = true,
        RedirectStandardOutput = true,
    };
}
