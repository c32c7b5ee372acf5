using System.CommandLine;

namespace Retort.Cli;

/// <summary>The option <c>--threads</c>, which several verbs have.</summary>
internal static class ThreadsOption
{
    public static Option<int?> Create(string of = "") => new("--threads") { Description = $"Threads of the CPU; 0: one a core{of}", HelpName = "count" };
}
