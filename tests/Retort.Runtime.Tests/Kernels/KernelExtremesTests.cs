using Retort.Runtime.Kernels;
using Retort.Runtime.Model;
using Retort.Runtime.Tests.Kernels;

namespace Retort.Runtime.Tests;

/// <summary>Kernels on the largest entries, biases and gates there can be, value by value.</summary>
public sealed unsafe class KernelExtremesTests
{
    public static TheoryData<int, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<int, bool, bool>();
            foreach (int window in (int[])[1, 2, 3, 4, 5, 6, 7, 128, 257, 258])
            {
                foreach (bool gated in (bool[])[false, true])
                {
                    cases.Add(window, gated, false);
                    cases.Add(window, gated, true);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_kernel_pools_to_the_same_bits(int window, bool gated, bool means)
    {
        const int Positions = 9;
        foreach (int filters in (int[])[1, 31, 64, 100])
        {
            (short[] Maxima, int[] Sums)[] results = [.. KernelChoice.All.Select(kernel => Pool(kernel, window, filters, gated, means, Positions))];
            (short[] expectedMaxima, int[] expectedSums) = results[^1];
            Assert.Contains(expectedMaxima, maximum => maximum != short.MinValue);
            foreach ((short[] maxima, int[] sums) in results)
            {
                Assert.Equal(expectedMaxima[..filters], maxima[..filters]);
                Assert.Equal(expectedSums, sums);
            }
        }
    }

    private static (short[] Maxima, int[] Sums) Pool(ConvolutionKernel kernel, int window, int filters, bool gated, bool means, int positions)
    {
        StudentShape shape = Shapes.Small with { Windows = [window], Filters = filters, Activation = gated ? Activation.Gated : Activation.Relu };
        const int Channels = 128;
        int raw = shape.RawChannels(0), most = StudentShape.LargestEntry(window);
        var random = new Random(window);
        float[] scales = [.. Enumerable.Range(0, raw).Select(_ => 0.5f / (1 + random.Next(300)))];
        float[] biases = [.. scales.Select(scale => scale * StudentShape.LargestBias(window) * (random.Next(3) - 1))];
        var table = new WindowTable(shape, 0, 0, Channels, scales, biases, kernel);
        int rowBytes = window * table.Stride;
        sbyte[] entries = GC.AllocateArray<sbyte>((positions + window) * rowBytes, pinned: true);
        for (int k = 0; k < entries.Length; k++)
            entries[k] = (sbyte)(k / rowBytes % 3 == 0 ? most : k / rowBytes % 3 == 1 ? -most : random.Next(-most, most + 1));
        nint[] rows = GC.AllocateArray<nint>(positions + window, pinned: true);
        fixed (sbyte* first = entries)
        {
            for (int k = 0; k < rows.Length; k++)
                rows[k] = (nint)(first + k * rowBytes);
        }
        short[] maxima = new short[Channels];
        maxima.AsSpan().Fill(short.MinValue);
        int[] sums = new int[means ? Channels : 0];
        fixed (nint* row = rows)
        fixed (short* maximum = maxima)
        fixed (int* sum = sums)
            kernel.Pool(table, row, positions, maximum, sum);
        GC.KeepAlive(entries);
        return (maxima, means ? sums[..filters] : []);
    }
}
