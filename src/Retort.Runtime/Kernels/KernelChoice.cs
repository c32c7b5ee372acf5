using System.Runtime.Intrinsics;

namespace Retort.Runtime.Kernels;

/// <summary>The one kernel of this process: the widest that the processor has, or the one that RETORT_KERNEL names.</summary>
internal static class KernelChoice
{
    /// <summary>The environment variable that overrides the choice.</summary>
    public const string Variable = "RETORT_KERNEL";

    /// <summary>Every kernel; all run everywhere, with the instructions that there are.</summary>
    public static IReadOnlyList<ConvolutionKernel> All { get; } =
    [
        new VectorKernel<Lanes512, Vector512<short>>(),
        new VectorKernel<Lanes256, Vector256<short>>(),
        new VectorKernel<Lanes128, Vector128<short>>(),
        new ScalarKernel(),
    ];

    /// <exception cref="InvalidOperationException">RETORT_KERNEL names no kernel.</exception>
    public static ConvolutionKernel Current => field ??= Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The kernel of a name; null, or where <see cref="Variable"/> is set: <see cref="Current"/>.</summary>
    public static ConvolutionKernel Of(string? name) =>
        name is null || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)) ? Current : Find(name)!;

    internal static ConvolutionKernel Choose(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return Find(Vector512.IsHardwareAccelerated ? "v512" : Vector256.IsHardwareAccelerated ? "v256" : "v128")!;
        return Find(name) ?? throw new InvalidOperationException(
            $"{Variable} is '{name}'; expected one of {string.Join(", ", All.Select(kernel => kernel.Name))}, or no value");
    }

    private static ConvolutionKernel? Find(string name) => All.FirstOrDefault(kernel => kernel.Name == name);
}
