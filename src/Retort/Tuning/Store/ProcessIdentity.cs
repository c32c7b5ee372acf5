using System.Diagnostics;
using System.Globalization;

namespace Retort.Tuning.Store;

/// <summary>Names a process of this machine so that no later one is taken for it.</summary>
internal static class ProcessIdentity
{
    // Linux counts the start from that of the system, and the sum comes out a little different each time.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <summary>Machine, number and start of this process.</summary>
    public static string Own { get; } = Of(Process.GetCurrentProcess());

    /// <summary>Whether a process has ended; false where it is of another machine, of which nobody here knows.</summary>
    public static bool HasEnded(string identity)
    {
        string[] parts = identity.Split(' ');
        if (parts.Length != 3 || parts[0] != Environment.MachineName || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out int number)
            || !long.TryParse(parts[2], CultureInfo.InvariantCulture, out long start))
            return false;
        try
        {
            using Process process = Process.GetProcessById(number);
            return process.HasExited || TimeSpan.FromMilliseconds(Math.Abs(Start(process) - start)) > Tolerance;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return true;
        }
    }

    private static string Of(Process process) => string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName} {process.Id} {Start(process)}");

    private static long Start(Process process) => new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds();
}
