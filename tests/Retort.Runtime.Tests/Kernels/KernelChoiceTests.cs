using System.Runtime.Intrinsics;
using Retort.Runtime.Kernels;

namespace Retort.Runtime.Tests.Kernels;

public sealed class KernelChoiceTests
{
    [Fact]
    public void Without_an_override_the_widest_that_the_processor_has_is_chosen()
    {
        string expected = Vector512.IsHardwareAccelerated ? "v512" : Vector256.IsHardwareAccelerated ? "v256" : "v128";
        Assert.Equal(expected, KernelChoice.Choose(null).Name);
        Assert.Equal(expected, KernelChoice.Choose("").Name);
    }

    [Theory]
    [InlineData("v512")]
    [InlineData("v256")]
    [InlineData("v128")]
    [InlineData("scalar")]
    public void An_override_is_followed(string name) => Assert.Equal(name, KernelChoice.Choose(name).Name);

    [Fact]
    public void An_unknown_kernel_is_refused_with_those_there_are()
    {
        var error = Assert.Throws<InvalidOperationException>(() => KernelChoice.Choose("avx9"));
        Assert.Contains("v512, v256, v128, scalar", error.Message, StringComparison.Ordinal);
    }
}
