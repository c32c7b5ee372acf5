using Retort.Runtime.Kernels;
using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Kernels;

public sealed class GateFormulaTests
{
    // The cubic's error, and that of 15-bit products.
    private const double Tolerance = 0.0042;

    [Theory]
    [InlineData(0.001f)]
    [InlineData(0.01f)]
    [InlineData(0.03f)]
    [InlineData(0.2f)]
    public void It_is_near_the_sigmoid_for_every_sum(float scale)
    {
        WindowTable table = Table(scale, window: 3);
        for (int gate = -500; gate <= 500; gate++)
        {
            foreach (int value in (int[])[-381, -20, 0, 7, 380])
            {
                short shifted = (short)(value << table.ValueShift);
                double actual = GateFormula.Apply(shifted, (short)gate, table.GateFactor[0], table.GateShift, table.GateBits);
                double expected = shifted / (1 + Math.Exp(-(double)gate * scale));
                // |gate| has so many bits of 6; the sigmoid is nowhere steeper than 1/4.
                double lastBit = GateFormula.Range / (1 << table.GateBits) / 4;
                Assert.Equal(expected, actual, Math.Abs(shifted) * (Tolerance + lastBit) + 1);
            }
        }
    }

    [Fact]
    public void A_gate_far_open_lets_everything_through_and_one_far_shut_nothing()
    {
        WindowTable table = Table(0.03f, window: 3);
        Assert.Equal(20_000, GateFormula.Apply(20_000, 400, table.GateFactor[0], table.GateShift, table.GateBits));
        Assert.Equal(0, GateFormula.Apply(20_000, -400, table.GateFactor[0], table.GateShift, table.GateBits));
    }

    [Theory]
    [InlineData(1, 0.05f)]
    [InlineData(5, 0.05f)]
    [InlineData(258, 0.05f)]
    [InlineData(5, 100f)]
    [InlineData(5, 1e-20f)]
    public void Shifts_keep_the_largest_sums_within_sixteen_bits(int window, float scale)
    {
        WindowTable table = Table(scale, window);
        int largest = window * StudentShape.LargestEntry(window) + Math.Abs((int)table.ValueBias[0]);
        Assert.InRange(largest << table.ValueShift, 1, short.MaxValue);
        Assert.InRange(largest << table.GateShift, 1, short.MaxValue);
        Assert.InRange(table.GateBits, 0, 14);
    }

    [Fact]
    public void A_bias_beyond_sixteen_bits_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => new WindowTable(
            Shape(3), 0, 0, 32, [1e-6f, 1e-6f], [1, 1], new ScalarKernel()));
        Assert.Contains("save the student again", error.Message, StringComparison.Ordinal);
    }

    private static WindowTable Table(float scale, int window) =>
        new(Shape(window), 0, 0, 32, [scale, scale], [0, 0], new ScalarKernel());

    private static StudentShape Shape(int window) => Shapes.Small with { Windows = [window], Filters = 1 };
}
