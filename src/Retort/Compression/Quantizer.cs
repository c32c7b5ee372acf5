using System.Diagnostics.CodeAnalysis;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>In how many bits a compressed student's weights are stored.</summary>
public enum StoredPrecision
{
    /// <summary>32, as they were trained.</summary>
    F32,

    /// <summary>16: half precision.</summary>
    F16,

    /// <summary>8: one scale a token, a filter and a column of the n-gram table; what comes after them stays in 32 bits.</summary>
    [SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "It is what the format is called.")]
    Int8,
}

/// <summary>How the scales of the INT8 tables are found.</summary>
public enum TableCalibration
{
    /// <summary>The largest entry of the whole vocabulary.</summary>
    MinMax,

    /// <summary>The entry that all but a small share of those that texts use stay below.</summary>
    Percentile,

    /// <summary>The scale at which the squared error of the entries that texts use is least.</summary>
    Mse,
}

/// <summary>
/// Fewer bits after training, with static scales from transfer texts. The tables of the runtime have 8 bits in any case: their
/// scales are calibrated here, whatever the weights are stored in.
/// </summary>
internal static class Quantizer
{
    private const int TokensAtOnce = 512, Bins = 4096;

    // Of the largest entry, for MSE.
    private static readonly float[] Shares = [.. Enumerable.Range(0, 13).Select(k => 1 - 0.05f * k)];

    /// <summary>A student in another precision, with calibrated tables.</summary>
    /// <param name="student">In single precision.</param>
    /// <param name="use">Texts as it reads them.</param>
    /// <param name="precision">Of its weights.</param>
    /// <param name="calibration">How the tables' scales are found.</param>
    /// <param name="percentile">Of the entries, in percent, where <paramref name="calibration"/> goes by it.</param>
    /// <param name="correct">Whether what rounding adds to a window's sums on average is taken off its bias (Nagel et al. 2019, arXiv:1906.04721).</param>
    public static FoldedStudent Apply(FoldedStudent student, TokenUse use, StoredPrecision precision, TableCalibration calibration, double percentile, bool correct)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var scales = new Dictionary<string, float[]>();
        if (student.Shape.NgramBuckets > 0)
            scales[StudentShape.NgramScale] = NgramScales(student, use, calibration);
        FoldedStudent stored = student with
        {
            Weights = student.Weights.ToDictionary(weight => weight.Key, weight => Stored(student, weight.Key, weight.Value.Values, precision, scales)),
        };
        var weights = new Dictionary<string, StoredTensor>(stored.Weights);
        for (int k = 0; k < student.Shape.Windows.Count; k++)
        {
            using var each = NewDisposeScope();
            int window = student.Shape.Windows[k];
            var table = new WindowEntries(student, stored, use, k);
            string bias = StudentShape.ConvolutionBias(window);
            Tensor scale = table.Scales(calibration, percentile, tensor(student[bias]));
            scales[StudentShape.ConvolutionScale(window)] = scale.to(float32).data<float>().ToArray();
            if (correct)
            {
                float[] shifts = table.Shift(scale).to(float32).data<float>().ToArray();
                float[] values = [.. stored[bias].Select((value, c) => value - shifts[c])];
                weights[bias] = precision == StoredPrecision.F16 ? StoredTensor.Half(values) : StoredTensor.Single(values);
            }
        }
        return WithScales(stored with { Weights = weights }, scales);
    }

    /// <summary>A student in INT8 with scales that are given: what was trained with them.</summary>
    /// <param name="student">In single precision.</param>
    /// <param name="scales">Of its tables.</param>
    public static FoldedStudent ToInt8(FoldedStudent student, IReadOnlyDictionary<string, float[]> scales) =>
        WithScales(Store(student with { TableScales = scales }, StoredPrecision.Int8), scales);

    /// <summary>A student's weights in another precision, its tables with the scales they have.</summary>
    public static FoldedStudent Store(FoldedStudent student, StoredPrecision precision)
    {
        IReadOnlyDictionary<string, float[]> scales = student.TableScales ?? TableScales.Of(student);
        return student with
        {
            Weights = student.Weights.ToDictionary(weight => weight.Key, weight => IsIn(weight.Value, precision) ? weight.Value
                : Stored(student, weight.Key, weight.Value.Values, precision, scales)),
            TableScales = scales,
        };
    }

    // What is in 8 bits already keeps its scales.
    private static bool IsIn(StoredTensor weight, StoredPrecision precision) => precision == StoredPrecision.Int8 && weight.Type == TensorType.I8;

    private static StoredTensor Stored(FoldedStudent student, string name, float[] values, StoredPrecision precision, IReadOnlyDictionary<string, float[]> scales)
    {
        if (precision == StoredPrecision.F32)
            return StoredTensor.Single(values);
        if (precision == StoredPrecision.F16)
            return StoredTensor.Half(values);
        if (name == StudentShape.NgramWeight)
            return StoredTensor.Integer(values, scales[StudentShape.NgramScale], byColumn: true);
        bool isTable = name == StudentShape.EmbeddingWeight || student.Shape.Windows.Any(window => name == StudentShape.ConvolutionWeight(window));
        return isTable ? StoredTensor.Integer(values, RowScales(values, (int)student.Shape.Weights().First(weight => weight.Name == name).Sizes[0]), byColumn: false)
            : StoredTensor.Single(values);
    }

    /// <summary>(rows) the least scales at which nothing is cut off.</summary>
    private static float[] RowScales(float[] values, int rows)
    {
        int width = values.Length / rows;
        float[] scales = new float[rows];
        for (int row = 0; row < rows; row++)
        {
            float largest = 0;
            foreach (float value in values.AsSpan(row * width, width))
                largest = Math.Max(largest, Math.Abs(value));
            scales[row] = Math.Max(largest / sbyte.MaxValue, TableScales.Smallest);
        }
        return scales;
    }

    /// <summary>(columns)</summary>
    private static float[] NgramScales(FoldedStudent student, TokenUse use, TableCalibration calibration)
    {
        StudentShape shape = student.Shape;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor rows = tensor(student[StudentShape.NgramWeight], [shape.NgramRowCount, shape.NgramWidth]);
        Tensor largest = rows.abs().amax([0]).clamp_min(TableScales.Smallest * sbyte.MaxValue);
        if (calibration != TableCalibration.Mse)
            return (largest / sbyte.MaxValue).to(float32).data<float>().ToArray();
        Tensor uses = use.NgramWeights(student.Ngrams!).unsqueeze(1).to(float32);
        return Best(largest / sbyte.MaxValue, scale => (Error(rows, scale, sbyte.MaxValue).square() * uses).sum(dim: 0)).to(float32).data<float>().ToArray();
    }

    /// <summary>Of each column the share of the largest scale with the least error.</summary>
    private static Tensor Best(Tensor largest, Func<Tensor, Tensor> error)
    {
        Tensor best = largest, least = full_like(largest, double.PositiveInfinity);
        foreach (float share in Shares)
        {
            using var scope = NewDisposeScope();
            Tensor scale = largest * share, own = error(scale);
            best = where(own < least, scale, best).MoveToOuterDisposeScope();
            least = minimum(own, least).MoveToOuterDisposeScope();
        }
        return best;
    }

    private static Tensor Error(Tensor values, Tensor scale, double most) =>
        (values / scale).round().clamp(-most, most) * scale - values;

    // A corrected bias may ask for a larger scale than the one it was corrected for.
    private static FoldedStudent WithScales(FoldedStudent student, IReadOnlyDictionary<string, float[]> scales)
    {
        var bounded = new Dictionary<string, float[]>(scales);
        foreach (int window in student.Shape.Windows)
        {
            string name = StudentShape.ConvolutionScale(window);
            bounded[name] = TableScales.Bounded(window, scales[name], student[StudentShape.ConvolutionBias(window)]);
        }
        return student with { TableScales = bounded };
    }

    /// <summary>The table entries of a window: as they should be, and as the stored weights make them.</summary>
    private sealed class WindowEntries
    {
        private readonly Tensor _rows, _storedRows, _filters, _storedFilters, _uses;
        private readonly int _window, _channels, _most;

        public WindowEntries(FoldedStudent student, FoldedStudent stored, TokenUse use, int index)
        {
            StudentShape shape = student.Shape;
            (_window, _channels) = (shape.Windows[index], shape.RawChannels(index));
            _most = StudentShape.LargestEntry(_window);
            (_rows, _storedRows) = (student.Embeddings(), stored.Embeddings());
            (_filters, _storedFilters) = (student.Filters(index).t(), stored.Filters(index).t());
            double total = Math.Max(use.Counts.Sum(), 1);
            _uses = tensor(use.Counts.Select(count => (float)(count / total)).ToArray()); // (vocabulary)
        }

        /// <summary>(raw channels)</summary>
        public Tensor Scales(TableCalibration calibration, double percentile, Tensor bias)
        {
            Tensor largest = zeros(_channels);
            Each((entries, _, _) => largest.copy_(maximum(largest, entries.abs().amax([0, 2]))));
            largest = largest.clamp_min(TableScales.Smallest * _most);
            Tensor limit = calibration switch
            {
                TableCalibration.MinMax => largest,
                TableCalibration.Percentile => Quantile(largest, percentile / 100),
                _ => LeastError(largest),
            };
            Tensor biases = bias.abs() / (StudentShape.LargestBias(_window) - 0.5f);
            return maximum(limit / _most, biases).clamp_min(TableScales.Smallest);
        }

        /// <summary>(raw channels) what the stored, rounded entries of a window sum up to beyond what they should, on average over the texts.</summary>
        public Tensor Shift(Tensor scale)
        {
            Tensor shift = zeros(_channels), each = scale.view(1, _channels, 1);
            Each((entries, wanted, uses) => shift.add_((((entries / each).round().clamp(-_most, _most) * each - wanted) * uses).sum([0, 2])));
            return shift;
        }

        private Tensor LeastError(Tensor largest)
        {
            Tensor[] errors = [.. Shares.Select(_ => zeros(_channels))];
            Each((entries, wanted, uses) =>
            {
                for (int k = 0; k < Shares.Length; k++)
                {
                    using var scope = NewDisposeScope();
                    Tensor scale = (largest * Shares[k] / _most).view(1, _channels, 1);
                    Tensor error = (entries / scale).round().clamp(-_most, _most) * scale - wanted;
                    errors[k].add_((error.square() * uses).sum([0, 2]));
                }
            });
            Tensor best = stack(errors).argmin(0); // (channels)
            return largest * tensor(Shares).index_select(0, best);
        }

        private Tensor Quantile(Tensor largest, double share)
        {
            Tensor counts = zeros(_channels, Bins);
            Each((entries, _, uses) =>
            {
                Tensor bins = (entries.abs() / largest.view(1, _channels, 1) * (Bins - 1)).ceil().to(int64); // (tokens, channels, offsets)
                Tensor weights = uses.expand(bins.shape).transpose(0, 1).flatten(1);
                counts.scatter_add_(1, bins.transpose(0, 1).flatten(1), weights);
            });
            Tensor below = counts.to(float64).cumsum(1) / counts.to(float64).sum(1, keepdim: true).clamp_min(double.Epsilon);
            // Less what sums of many shares are off by.
            Tensor bin = (below < share - 1e-9).sum(1).clamp(1, Bins - 1); // (channels)
            return largest * bin / (Bins - 1);
        }

        // (tokens, channels, offsets) stored and wanted entries, and (tokens, 1, 1) how often each token is used, as a share.
        private void Each(Action<Tensor, Tensor, Tensor> take)
        {
            for (long start = 0; start < _rows.shape[0]; start += TokensAtOnce)
            {
                using var scope = NewDisposeScope();
                long count = Math.Min(TokensAtOnce, _rows.shape[0] - start);
                take(Entries(_storedRows, _storedFilters), Entries(_rows, _filters), _uses.narrow(0, start, count).view(-1, 1, 1));

                Tensor Entries(Tensor rows, Tensor filters) => rows.narrow(0, start, count).matmul(filters).view(count, _channels, _window);
            }
        }
    }
}
