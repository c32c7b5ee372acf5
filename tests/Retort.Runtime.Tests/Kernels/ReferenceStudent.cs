using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Kernels;

/// <summary>The student as its definition reads, in double precision and without tables.</summary>
internal static class ReferenceStudent
{
    public static double[] Logits(RandomStudent student, int[] ids)
    {
        StudentShape shape = student.Shape;
        double[] features = Features(student, ids);
        if (shape.HiddenWidth > 0)
            features = [.. Linear(student, "hidden", features).Select(x => Math.Max(x, 0))];
        return Linear(student, "classifier", features);
    }

    private static double[] Features(RandomStudent student, int[] ids)
    {
        StudentShape shape = student.Shape;
        double[] features = new double[shape.PooledWidth];
        if (ids.Length == 0)
            return features;
        int windows = shape.Windows.Count, at = 0;
        for (int k = 0; k < windows; k++)
        {
            for (int c = 0; c < shape.Filters[k]; c++, at++)
            {
                double[] map = [.. Enumerable.Range(0, ids.Length).Select(i => Activation(student, k, ids, i, c))];
                features[at] = map.Max();
                if (shape.Pooling == Pooling.MaxMean)
                    features[shape.MapWidth + at] = map.Average();
            }
        }
        if (shape.NgramBuckets > 0)
            AddNgrams(student, ids, features.AsSpan(features.Length - 2 * shape.NgramWidth));
        return features;
    }

    private static double Activation(RandomStudent student, int index, int[] ids, int position, int c)
    {
        int window = student.Shape.Windows[index];
        double value = Sum(student, window, ids, position, c);
        return student.Shape.Activation == Runtime.Model.Activation.Relu
            ? Math.Max(value, 0)
            : value / (1 + Math.Exp(-Sum(student, window, ids, position, student.Shape.Filters[index] + c)));
    }

    private static double Sum(RandomStudent student, int window, int[] ids, int position, int raw)
    {
        double sum = student[StudentShape.ConvolutionBias(window)][raw];
        for (int j = 0; j < window; j++)
        {
            int i = position + j - (window - 1) / 2;
            if (i >= 0 && i < ids.Length)
                sum += student.Product(window, ids[i], j, raw);
        }
        return sum;
    }

    private static void AddNgrams(RandomStudent student, int[] ids, Span<double> sums)
    {
        StudentShape shape = student.Shape;
        for (int k = 1; k < ids.Length; k++)
        {
            Add(NgramHash.Bigram(ids[k - 1], ids[k], shape.NgramBuckets), sums);
            if (k > 1)
                Add(NgramHash.Trigram(ids[k - 2], ids[k - 1], ids[k], shape.NgramBuckets), sums[shape.NgramWidth..]);
        }

        void Add(long bucket, Span<double> destination)
        {
            int row = Array.IndexOf(student.Buckets, (int)bucket);
            for (int c = 0; c < (row < 0 ? 0 : shape.NgramWidth); c++)
                destination[c] += student[StudentShape.NgramWeight][row * shape.NgramWidth + c] / Math.Sqrt(ids.Length);
        }
    }

    private static double[] Linear(RandomStudent student, string name, double[] inputs)
    {
        float[] weight = student[$"{name}.weight"], bias = student[$"{name}.bias"];
        return [.. bias.Select((b, row) => b + inputs.Select((x, k) => x * weight[row * inputs.Length + k]).Sum())];
    }
}
