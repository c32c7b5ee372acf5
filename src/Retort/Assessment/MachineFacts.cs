using System.Globalization;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Retort.Evaluation;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Assessment;

/// <summary>What this machine can do, measured within a second or two.</summary>
/// <param name="Cpu">Processor and cores.</param>
/// <param name="Caches">Sizes of one core's caches, where the system tells them.</param>
/// <param name="Instructions">The vector instructions that kernels ask for: Retort's, libtorch's and ONNX Runtime's.</param>
/// <param name="GigaflopsOneThread">Multiplications and additions of libtorch's matrix product, in 10⁹ a second: the best of several.</param>
/// <param name="GigaflopsAllThreads">The same with a thread a core.</param>
/// <param name="GigabytesPerSecond">Read and written when 64 MiB are copied: the best of several.</param>
/// <param name="Bf16Speedup">How many times as fast the product is in bfloat16, conversions included, on one thread.</param>
public sealed record MachineFacts(string Cpu, IReadOnlyList<string> Caches, IReadOnlyList<string> Instructions, double GigaflopsOneThread, double GigaflopsAllThreads, double GigabytesPerSecond,
    double Bf16Speedup)
{
    // A product takes a millisecond or two, so that of many some are not interrupted by what else runs; the copy does not fit into a cache.
    private const int Side = 384, Turns = 60, Floats = 16 << 20;

    private const string CacheFolder = "/sys/devices/system/cpu/cpu0/cache";

    /// <summary>Measures. libtorch's threads are as before when it is done.</summary>
    public static MachineFacts Measure()
    {
        int threads = get_num_threads();
        try
        {
            set_num_threads(1);
            double one = MatrixRate(Precision.F32), half = MatrixRate(Precision.Bf16), bytes = CopyRate();
            set_num_threads(Environment.ProcessorCount);
            return new MachineFacts(Origin.Cpu(), ReadCaches(), [.. KnownInstructions()], one, Math.Max(one, MatrixRate(Precision.F32)), bytes, half / one);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    /// <summary>The rate with some threads, between the two that were measured.</summary>
    /// <param name="threads">0: all.</param>
    public double Gigaflops(int threads)
    {
        int cores = Environment.ProcessorCount, used = threads == 0 ? cores : Math.Min(threads, cores);
        return cores == 1 ? GigaflopsOneThread : GigaflopsOneThread + (GigaflopsAllThreads - GigaflopsOneThread) * (used - 1) / (cores - 1);
    }

    private static double MatrixRate(Precision precision)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor a = rand(Side, Side), b = rand(Side, Side);
        return 2.0 * Side * Side * Side / 1e9 / Best(() => MixedPrecision.Linear(a, b, null, precision).Dispose());
    }

    private static double CopyRate()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor a = ones(Floats), b = zeros(Floats);
        return 2.0 * Floats * sizeof(float) / 1e9 / Best(() => b.copy_(a));
    }

    // Seconds of the quickest turn after one that is not timed.
    private static double Best(Action work)
    {
        work();
        return Enumerable.Range(0, Turns).Min(_ =>
        {
            long start = TimeProvider.System.GetTimestamp();
            work();
            return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        });
    }

    private static string[] ReadCaches() => !Directory.Exists(CacheFolder) ? [] :
        [.. Directory.GetDirectories(CacheFolder, "index*").Order(StringComparer.Ordinal).Select(folder => string.Create(CultureInfo.InvariantCulture,
            $"L{Read(folder, "level")} {Read(folder, "type").ToLowerInvariant()} {Read(folder, "size")}"))];

    private static string Read(string folder, string file) => File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)).Trim() : "";

    // .NET has no name for it: bit 11 of ECX.
    private static bool HasVnniOf512 => Avx512BW.IsSupported && (X86Base.CpuId(7, 0).Ecx >> 11 & 1) != 0;

    private static IEnumerable<string> KnownInstructions() => new (string Name, bool IsThere)[]
    {
        ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("AVX-512", Avx512BW.IsSupported), ("VNNI", AvxVnni.IsSupported || HasVnniOf512), ("AdvSIMD", AdvSimd.IsSupported),
    }.Where(one => one.IsThere).Select(one => one.Name);
}
