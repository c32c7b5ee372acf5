using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

public sealed class HalfPrecisionTests
{
    private static readonly ushort[] AllBits = Enumerable.Range(0, 65536).Select(k => (ushort)k).ToArray();

    [Fact]
    public void Every_F16_widens_as_the_framework_does_it()
    {
        float[] widened = new float[AllBits.Length];
        HalfPrecision.WidenF16(AllBits, widened);
        for (int k = 0; k < AllBits.Length; k++)
            AssertSame((float)BitConverter.UInt16BitsToHalf((ushort)k), widened[k]);
    }

    [Fact]
    public void Every_BF16_widens_to_its_upper_bits_and_narrows_back()
    {
        float[] widened = new float[AllBits.Length];
        HalfPrecision.WidenBF16(AllBits, widened);
        ushort[] narrowed = new ushort[AllBits.Length];
        HalfPrecision.NarrowBF16(widened, narrowed);
        for (int k = 0; k < AllBits.Length; k++)
        {
            Assert.Equal((uint)k << 16, BitConverter.SingleToUInt32Bits(widened[k]));
            Assert.True(float.IsNaN(widened[k]) ? float.IsNaN(ToSingle(narrowed[k])) : narrowed[k] == k, $"bits {k}");
        }
    }

    [Fact]
    public void Narrowing_to_BF16_takes_the_nearest_and_the_even_one_of_two()
    {
        var random = new Random(3);
        float[] values = Enumerable.Range(0, 20000)
            .Select(_ => BitConverter.Int32BitsToSingle(random.Next(0, 0x7f000000))).ToArray();
        ushort[] narrowed = new ushort[values.Length];
        HalfPrecision.NarrowBF16(values, narrowed);
        for (int k = 0; k < values.Length; k++)
        {
            double error = Math.Abs((double)ToSingle(narrowed[k]) - values[k]);
            Assert.True(error <= Math.Abs((double)ToSingle((ushort)(narrowed[k] - 1)) - values[k]), $"{values[k]:R}");
            Assert.True(error <= Math.Abs((double)ToSingle((ushort)(narrowed[k] + 1)) - values[k]), $"{values[k]:R}");
        }
        ushort[] ties = new ushort[2];
        HalfPrecision.NarrowBF16([BitConverter.UInt32BitsToSingle(0x3f808000), BitConverter.UInt32BitsToSingle(0x3f818000)], ties);
        Assert.Equal(new ushort[] { 0x3f80, 0x3f82 }, ties);
    }

    [Fact]
    public void Every_short_length_is_converted_whole()
    {
        for (int length = 0; length < 70; length++)
        {
            float[] fromF16 = new float[length], fromBF16 = new float[length];
            HalfPrecision.WidenF16(AllBits.AsSpan(0x3c00, length), fromF16);
            HalfPrecision.WidenBF16(AllBits.AsSpan(0x3c00, length), fromBF16);
            for (int k = 0; k < length; k++)
            {
                Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)(0x3c00 + k)), fromF16[k]);
                Assert.Equal(ToSingle((ushort)(0x3c00 + k)), fromBF16[k]);
            }
        }
    }

    private static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static void AssertSame(float expected, float found)
    {
        if (float.IsNaN(expected))
            Assert.True(float.IsNaN(found));
        else
            Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(found));
    }
}
