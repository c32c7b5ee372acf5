using System.Runtime.InteropServices;
using Retort.Runs;
using TorchSharp;

namespace Retort.Training;

/// <summary>Loads libtorch, or says why it cannot be loaded here. docs/libtorch.md has the whole story.</summary>
public static class LibTorch
{
    private const string Supported = "linux-x64 (glibc), win-x64 and osx-arm64";
    private const string Guide = "see docs/libtorch.md";

    /// <summary>Checks the platform and loads the native libraries; does nothing more once they are loaded.</summary>
    /// <exception cref="RetortException">They cannot be loaded: the message has the cause and the cure.</exception>
    public static void RequireSupported()
    {
        if (Unsupported(CurrentSystem(), RuntimeInformation.ProcessArchitecture, IsMusl()) is { } reason)
            throw new RetortException(reason);
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            // The first call into the library: a missing dependency shows here at the latest.
            _ = torch.get_num_threads();
        }
        catch (Exception e) when (IsLoadFailure(e))
        {
            throw new RetortException(Explain(e), e);
        }
    }

    /// <summary>Loads libtorch, sets its threads and picks the device.</summary>
    /// <exception cref="RetortException">libtorch cannot be loaded, or CUDA is asked for and not there.</exception>
    public static torch.Device Start(MachineOptions machine)
    {
        machine.Validate();
        RequireSupported();
        torch.set_num_threads(machine.Threads == 0 ? Environment.ProcessorCount : machine.Threads);
        if (machine.Device == DeviceChoice.Cpu)
            return torch.CPU;
        if (HasCuda())
            return torch.CUDA;
        return machine.Device == DeviceChoice.Auto ? torch.CPU : throw new RetortException(WithoutCuda());
    }

    /// <summary>Does something with one thread of libtorch's, which then has as many as before.</summary>
    public static T OnOneThread<T>(Func<T> work)
    {
        int threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            return work();
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    /// <summary>Why libtorch cannot run on a platform, or null where it can.</summary>
    internal static string? Unsupported(OSPlatform system, Architecture architecture, bool musl)
    {
        string found = $"{system.ToString().ToLowerInvariant()}-{architecture.ToString().ToLowerInvariant()}{(musl ? " with musl" : "")}";
        bool fits = (system == OSPlatform.Linux && architecture == Architecture.X64 && !musl)
            || (system == OSPlatform.Windows && architecture == Architecture.X64)
            || (system == OSPlatform.OSX && architecture == Architecture.Arm64);
        return fits ? null : $"libtorch does not exist for this platform, {found}: training and labelling run on {Supported}; " +
            (musl ? "use a Debian or Ubuntu image instead of Alpine" : "a finished student runs here all the same") + $" ({Guide})";
    }

    /// <summary>What went wrong while the native libraries were loaded, and what to do.</summary>
    internal static string Explain(Exception failure)
    {
        string all = string.Join('\n', Chain(failure).Select(e => e.Message));
        string cause = all switch
        {
            _ when Has("libgomp") => "the OpenMP library libgomp is missing: install it (apt-get install libgomp1)",
            _ when Has("GLIBCXX_") => "the C++ library of this system is older than TorchSharp's: build with " +
                "build/LibTorch.targets, which makes it load from GCC 12 on (Debian 12, Ubuntu 22.04), or use a newer system",
            _ when Has("GLIBC_") => "the C library of this system is too old: expected glibc 2.34 or newer (Debian 12, Ubuntu 22.04)",
            _ when Has("is not restored") || Has("LibTorchSharp") || Has("torch_cpu") => "its native package is missing " +
                $"or incomplete in {AppContext.BaseDirectory}: reference libtorch-cpu-linux-x64, -win-x64 or -osx-arm64 in " +
                "the executable project (import build/LibTorch.targets) and rebuild",
            _ => "its native libraries fail to load",
        };
        return $"libtorch cannot be loaded: {cause} ({Guide}). The loader says: {FirstLine(failure)}";

        bool Has(string part) => all.Contains(part, StringComparison.Ordinal);
    }

    /// <summary>What to install for CUDA.</summary>
    internal static string WithoutCuda() =>
        "machine.device is cuda, and this libtorch finds no CUDA device: expected an NVIDIA GPU with its driver, and a build " +
        "with TorchSharp-cuda-linux (or TorchSharp-cuda-windows) instead of libtorch-cpu; or set machine.device to cpu or " +
        $"auto ({Guide})";

    private static bool HasCuda()
    {
        try
        {
            return torch.TryInitializeDeviceType(DeviceType.CUDA) && torch.cuda_is_available();
        }
        catch (Exception e) when (IsLoadFailure(e))
        {
            return false;
        }
    }

    private static bool IsLoadFailure(Exception e) =>
        e is DllNotFoundException or TypeInitializationException or NotSupportedException or BadImageFormatException
            or EntryPointNotFoundException or FileNotFoundException;

    // The outermost message of a type initializer says nothing; the innermost is the loader's.
    private static string FirstLine(Exception failure) => Chain(failure).Last().Message.Split('\n')[0].Trim();

    private static IEnumerable<Exception> Chain(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
            yield return failure;
    }

    private static OSPlatform CurrentSystem() =>
        OperatingSystem.IsLinux() ? OSPlatform.Linux
        : OperatingSystem.IsWindows() ? OSPlatform.Windows
        : OperatingSystem.IsMacOS() ? OSPlatform.OSX
        : OSPlatform.Create(RuntimeInformation.OSDescription);

    private static bool IsMusl() =>
        OperatingSystem.IsLinux() && (RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
            || (Directory.Exists("/lib") && Directory.EnumerateFiles("/lib", "ld-musl-*").Any() && !HasGlibc()));

    private static bool HasGlibc() => Directory.Exists("/lib64") && Directory.EnumerateFiles("/lib64", "ld-linux-*").Any();
}
