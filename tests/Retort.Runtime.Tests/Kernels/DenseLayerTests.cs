using Retort.Runtime.Kernels;

namespace Retort.Runtime.Tests.Kernels;

public sealed class DenseLayerTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 15)]
    [InlineData(3, 16)]
    [InlineData(4, 17)]
    [InlineData(9, 832)]
    public void The_order_of_additions_is_the_stated_one(int outputs, int inputs)
    {
        var random = new Random(outputs * 1000 + inputs);
        float[] weights = Draw(random, outputs * inputs), biases = Draw(random, outputs);
        float[] padded = new float[DenseLayer.Padded(inputs)], actual = new float[outputs];
        Draw(random, inputs).CopyTo(padded, 0);
        var layer = new DenseLayer(weights, biases);
        layer.Apply(padded, actual);
        for (int row = 0; row < outputs; row++)
        {
            Assert.Equal(Specified(weights.AsSpan(row * inputs, inputs), padded) + biases[row], actual[row]);
            Assert.Equal(weights[row * inputs], layer.Weight(row, 0));
            Assert.Equal(biases[row], layer.Bias(row));
        }
    }

    // 16 lanes, halved four times.
    private static float Specified(ReadOnlySpan<float> weights, float[] inputs)
    {
        float[] lanes = new float[16];
        for (int k = 0; k < weights.Length; k++)
            lanes[k % 16] += inputs[k] * weights[k];
        for (int half = 8; half > 0; half /= 2)
        {
            for (int lane = 0; lane < half; lane++)
                lanes[lane] += lanes[lane + half];
        }
        return lanes[0];
    }

    private static float[] Draw(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
}
