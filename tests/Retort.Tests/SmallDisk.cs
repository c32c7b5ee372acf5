using System.Diagnostics;
using System.Globalization;

namespace Retort.Tests;

/// <summary>A disk in memory that is soon full, below a folder; only root can have one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    /// <param name="folder">Made, and empty.</param>
    /// <param name="bytes">What it holds.</param>
    public SmallDisk(string folder, long bytes)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a disk of its own takes root on Linux");
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={bytes}"), "tmpfs", _folder) == 0, "no disk can be mounted here");
    }

    public void Dispose() => Run("umount", "--lazy", _folder);

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
