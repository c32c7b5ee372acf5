using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Retort.Evaluation;

/// <summary>What a figure was measured on and with.</summary>
public static class Origin
{
    private const string CpuInfo = "/proc/cpuinfo";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The short commit of the work tree that holds a folder; <c>unknown</c> where there is none, or no git.</summary>
    public static string Commit(string folder)
    {
        var start = new ProcessStartInfo("git", ["-C", folder, "rev-parse", "--short", "HEAD"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process git = Process.Start(start)!;
            if (!git.WaitForExit(Patience))
                git.Kill();
            else if (git.ExitCode == 0)
                return git.StandardOutput.ReadToEnd().Trim();
            return "unknown";
        }
        catch (Win32Exception)
        {
            return "unknown";
        }
    }

    /// <summary>The processor's name and how many logical cores this process may use: <c>AMD EPYC 9R14, 2 cores</c>.</summary>
    public static string Cpu()
    {
        string? name = File.Exists(CpuInfo) ? Value(File.ReadLines(CpuInfo), "model name") : null;
        name ??= Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        name ??= RuntimeInformation.ProcessArchitecture.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{name}, {Environment.ProcessorCount} cores");
    }

    private static string? Value(IEnumerable<string> lines, string key) => lines
        .Where(line => line.StartsWith(key, StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault(value => value.Length > 0);
}
