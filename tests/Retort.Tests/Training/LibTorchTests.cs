using System.Runtime.InteropServices;
using Retort.Runs;
using Retort.Training;
using TorchSharp;

namespace Retort.Tests.Training;

/// <summary>The number of threads belongs to the whole process: nothing else runs beside these tests.</summary>
[CollectionDefinition(nameof(LibTorchThreads), DisableParallelization = true)]
public sealed class LibTorchThreads;

[Collection(nameof(LibTorchThreads))]
public sealed class LibTorchTests
{
    [Fact]
    public void Libtorch_loads_and_computes()
    {
        LibTorch.RequireSupported();
        using var scope = torch.NewDisposeScope();
        torch.Tensor product = torch.tensor(new float[] { 1, 2, 3, 4 }, 2, 2).matmul(torch.tensor(new float[] { 5, 6, 7, 8 }, 2, 2));
        Assert.Equal([19f, 22f, 43f, 50f], product.data<float>().ToArray());
    }

    [Fact]
    public void Threads_are_set_and_zero_is_one_a_core()
    {
        int before = torch.get_num_threads();
        try
        {
            Assert.Equal(DeviceType.CPU, LibTorch.Start(new() { Device = DeviceChoice.Cpu, Threads = 1 }).type);
            Assert.Equal(1, torch.get_num_threads());
            LibTorch.Start(new() { Device = DeviceChoice.Cpu });
            Assert.Equal(Environment.ProcessorCount, torch.get_num_threads());
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void Cuda_on_a_build_for_the_CPU_says_what_to_install_and_auto_takes_the_CPU()
    {
        Assert.SkipWhen(torch.cuda_is_available(), "this machine has CUDA");
        var error = Assert.Throws<RetortException>(() => LibTorch.Start(new() { Device = DeviceChoice.Cuda }));
        Assert.Contains("TorchSharp-cuda-linux", error.Message, StringComparison.Ordinal);
        Assert.Equal(DeviceType.CPU, LibTorch.Start(new()).type);
    }

    [Theory]
    [InlineData("LINUX", Architecture.X64, false, true)]
    [InlineData("WINDOWS", Architecture.X64, false, true)]
    [InlineData("OSX", Architecture.Arm64, false, true)]
    [InlineData("LINUX", Architecture.Arm64, false, false)]
    [InlineData("LINUX", Architecture.X64, true, false)]
    [InlineData("OSX", Architecture.X64, false, false)]
    [InlineData("WINDOWS", Architecture.Arm64, false, false)]
    [InlineData("FREEBSD", Architecture.X64, false, false)]
    public void Platforms_without_libtorch_are_named_with_those_that_have_it(string system, Architecture architecture, bool musl, bool fits)
    {
        string? reason = LibTorch.Unsupported(OSPlatform.Create(system), architecture, musl);
        Assert.Equal(fits, reason is null);
        if (!fits)
        {
            Assert.Contains("linux-x64 (glibc), win-x64 and osx-arm64", reason, StringComparison.Ordinal);
            Assert.Equal(musl, reason!.Contains("Alpine", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("libgomp.so.1: cannot open shared object file: No such file or directory", "apt-get install libgomp1")]
    [InlineData("/usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)", "build/LibTorch.targets")]
    [InlineData("/lib/libc.so.6: version `GLIBC_2.34' not found", "C library of this system is too old")]
    [InlineData("The libtorch-cpu-linux-x64 package version 2.10.0 is not restored on this system.", "reference libtorch-cpu-linux-x64")]
    [InlineData("Unable to load shared library 'LibTorchSharp' or one of its dependencies", "reference libtorch-cpu-linux-x64")]
    [InlineData("something else\nand more", "The loader says: something else")]
    public void A_failed_load_is_explained(string loader, string cure)
    {
        var failure = new TypeInitializationException("TorchSharp.torch", new DllNotFoundException(loader));
        Assert.Contains(cure, LibTorch.Explain(failure), StringComparison.Ordinal);
    }
}
