using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>The arithmetic of the large matrix products of a network. Weights and all else are float32.</summary>
public enum Precision
{
    F32,

    /// <summary>
    /// Mixed precision (Kalamkar et al. 2019, arXiv:1905.12322): inputs and results of the products are rounded to bfloat16, which keeps float32's range and 8 of its 24 bits; what is
    /// added up between them is not.
    /// </summary>
    Bf16,
}

/// <summary>Matrix products in a <see cref="Precision"/>.</summary>
internal static class MixedPrecision
{
    private const int ExtendedFeatures = 7, Avx512Bf16 = 1 << 5, AmxBf16 = 1 << 22;

    /// <summary>Whether this processor multiplies bfloat16 itself; else it takes longer than with float32.</summary>
    public static bool IsFastHere => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
        && ((X86Base.CpuId(ExtendedFeatures, 1).Eax & Avx512Bf16) != 0 || (X86Base.CpuId(ExtendedFeatures, 0).Edx & AmxBf16) != 0);

    /// <summary>What to say of precisions on a device; null: nothing.</summary>
    public static string? NoteFor(Device device, params ReadOnlySpan<Precision> precisions) => precisions.Contains(Precision.Bf16) && device.type == TorchSharp.DeviceType.CPU && !IsFastHere
        ? "this processor does not multiply bfloat16 (it has neither AVX512_BF16 nor AMX): bf16 takes longer here than f32, and gives the same" : null;

    /// <summary>A float32 product of float32 tensors, with their gradients: input · weightᵀ + bias.</summary>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias, Precision precision)
    {
        if (precision == Precision.F32)
            return nn.functional.linear(input, weight, bias);
        using var scope = NewDisposeScope();
        Tensor product = nn.functional.linear(input.to(bfloat16), weight.to(bfloat16), bias?.to(bfloat16));
        return product.to(float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Linear(Tensor, Tensor, Tensor?, Precision)"/>
    public static Tensor Linear(TorchSharp.Modules.Linear layer, Tensor input, Precision precision) => Linear(input, layer.weight!, layer.bias, precision);
}
