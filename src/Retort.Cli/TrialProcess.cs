using System.Diagnostics;
using System.Globalization;
using Retort.Tuning;

namespace Retort.Cli;

/// <summary>A trial of a study as a process of its own: this very program, called again.</summary>
internal static class TrialProcess
{
    /// <summary>Starts one.</summary>
    public static Process Start(string folder, long number, int threads)
    {
        string assembly = typeof(TrialProcess).Assembly.Location, own = Environment.ProcessPath!;
        // As a single file there is no assembly; started by its own name, that is what is started again; else it was .NET's host.
        bool itself = assembly.Length == 0 || Path.GetFileNameWithoutExtension(own) == Path.GetFileNameWithoutExtension(assembly);
        string program = itself ? own : Path.GetFileNameWithoutExtension(own) == "dotnet" ? own
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
        string[] words = ["tune", "--join", folder, "--trial", number.ToString(CultureInfo.InvariantCulture), "--threads", threads.ToString(CultureInfo.InvariantCulture)];
        return Process.Start(new ProcessStartInfo(program, itself ? words : [assembly, .. words]) { RedirectStandardInput = true, UseShellExecute = false })!;
    }

    /// <summary>Does a trial in this process.</summary>
    /// <param name="parent">Ends when the process that started this one does: then it stops, too.</param>
    /// <param name="folder">The study's folder.</param>
    /// <param name="number">Which trial.</param>
    /// <param name="threads">Its share of the machine.</param>
    /// <param name="cancellation">Stops with a checkpoint.</param>
    public static void Run(Stream parent, string folder, long number, int threads, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watch = new Thread(() =>
        {
            while (parent.ReadByte() >= 0)
            {
            }
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The trial was over already.
            }
        })
        { IsBackground = true };
        watch.Start();
        TrialWorker.Run(folder, number, threads, stop.Token);
    }
}
