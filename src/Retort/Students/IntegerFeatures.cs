using Retort.Runtime.Kernels;
using Retort.Runtime.Model;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>
/// The pooled features of a student as the runtime computes them from INT8 weights and tables, to the bit: the same scales,
/// roundings, 16-bit sums and gate formula (<see cref="GateFormula"/>), on whole numbers that tensors hold exactly.
/// </summary>
internal sealed class IntegerFeatures
{
    private readonly StudentShape _shape;
    private readonly IReadOnlyDictionary<string, float[]> _scales;

    /// <param name="shape">The student's.</param>
    /// <param name="tableScales">Of its tables; they stay as they are while the weights are trained.</param>
    /// <exception cref="ArgumentException">The embeddings are too wide for sums of their steps to be exact.</exception>
    public IntegerFeatures(StudentShape shape, IReadOnlyDictionary<string, float[]> tableScales)
    {
        if (shape.EmbeddingWidth > RowFolder.WidestExact)
            throw new ArgumentException($"embeddings are {shape.EmbeddingWidth} wide; expected at most {RowFolder.WidestExact}");
        (_shape, _scales) = (shape, tableScales);
    }

    /// <summary>(batch, pooled width), without gradient.</summary>
    /// <param name="student">Whose weights are rounded.</param>
    /// <param name="batch">The texts.</param>
    public Tensor Of(TextCnn student, TextBatch batch)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        (Tensor rows, Tensor scales) = RowSteps(student.EmbedTokens(batch.Tokens)); // (tokens, width), (tokens, 1)
        List<Tensor> maxima = [], means = [];
        for (int k = 0; k < _shape.Windows.Count; k++)
        {
            WindowTable table = TableOf(student, k);
            Tensor filters = student.get_parameter(StudentShape.ConvolutionWeight(table.Window))!;
            Tensor map = Activate(table, Sums(table, Entries(table, rows, scales, filters, ScalesOf(student, k)), batch)); // (batch, length, filters)
            Tensor steps = tensor(table.Steps, device: map.device), isPadding = batch.Mask == 0;
            Tensor highest = map.masked_fill(isPadding, short.MinValue).amax([1]).to(float32) * steps; // (batch, filters)
            maxima.Add(highest.masked_fill(batch.Lengths == 0, 0));
            if (_shape.Pooling == Pooling.MaxMean)
                means.Add(map.masked_fill(isPadding, 0).sum(1).to(float32) * steps / batch.Lengths.clamp(1));
        }
        Tensor[] ngrams = _shape.NgramBuckets > 0 ? [Ngrams(student, batch)] : [];
        return cat([.. maxima, .. means, .. ngrams], 1).MoveToOuterDisposeScope();
    }

    private WindowTable TableOf(TextCnn student, int index) => new(_shape, index, 0, _shape.Filters[index], ScalesOf(student, index),
        Biases(student, index), new ScalarKernel());

    private float[] Biases(TextCnn student, int index) =>
        student.get_parameter(StudentShape.ConvolutionBias(_shape.Windows[index]))!.cpu().data<float>().ToArray();

    private float[] ScalesOf(TextCnn student, int index) =>
        TableScales.Bounded(_shape.Windows[index], _scales[StudentShape.ConvolutionScale(_shape.Windows[index])], Biases(student, index));

    /// <summary>What is stored in 8 bits, with one scale a row.</summary>
    private static (Tensor Steps, Tensor Scales) RowSteps(Tensor rows)
    {
        Tensor scales = (rows.abs().amax([1], keepdim: true) / sbyte.MaxValue).clamp_min(TableScales.Smallest);
        return ((rows / scales).round(), scales);
    }

    /// <summary>(tokens, raw channels, offsets) int32: the table, in steps.</summary>
    private static Tensor Entries(WindowTable table, Tensor rows, Tensor rowScales, Tensor weight, float[] tableScales)
    {
        long channels = weight.shape[0];
        (Tensor steps, Tensor scales) = RowSteps(weight.flatten(1)); // (channels, window · width), (channels, 1)
        // Sums of products of steps are whole numbers below 2^24: exact in whatever order.
        Tensor products = rows.matmul(steps.view(channels * table.Window, rows.shape[1]).t()).view(rows.shape[0], channels, table.Window);
        Tensor inverse = 1 / tensor(tableScales, device: rows.device);
        Tensor entries = products * rowScales.unsqueeze(2) * scales.unsqueeze(0) * inverse.view(1, channels, 1);
        return entries.clamp(-table.LargestEntry, table.LargestEntry).round().to(int32);
    }

    /// <summary>(batch, length, raw channels) int32: sums over a window, with the bias, in steps.</summary>
    private static Tensor Sums(WindowTable table, Tensor entries, TextBatch batch)
    {
        long count = batch.Positions.shape[0], length = batch.Positions.shape[1], channels = entries.shape[1];
        Tensor at = entries.index_select(0, batch.Positions.flatten()).view(count, length, channels, table.Window) * batch.Mask.to(int32).unsqueeze(3);
        Tensor padded = nn.functional.pad(at, [0, 0, 0, 0, table.Left, table.Window - 1 - table.Left]);
        short[] biases = [.. table.ValueBias, .. table.GateBias];
        Tensor sums = tensor(Array.ConvertAll(biases, bias => (int)bias), device: entries.device).expand(count, length, channels).clone();
        for (int j = 0; j < table.Window; j++)
            sums.add_(padded.narrow(1, j, length).select(3, j));
        return sums;
    }

    /// <summary>(batch, length, filters) int32, by <see cref="GateFormula"/>.</summary>
    private static Tensor Activate(WindowTable table, Tensor sums)
    {
        if (!table.IsGated)
            return sums.clamp_min(0);
        Tensor value = sums.narrow(2, 0, table.Filters) * (1 << table.ValueShift), gate = sums.narrow(2, table.Filters, table.Filters);
        Tensor factor = tensor(Array.ConvertAll(table.GateFactor, one => (int)one), device: sums.device);
        int full = 1 << table.GateBits;
        Tensor z = Multiply(gate.abs() * (1 << table.GateShift), factor);
        Tensor t = (z.clamp_max(full) - full) * (1 << 15 - table.GateBits);
        Tensor h = Multiply(Multiply(Multiply(t, GateFormula.C3) + (int)GateFormula.C2, t) + (int)GateFormula.C1, t);
        Tensor p = Multiply(value, h);
        return where(gate < 0, p, value - p);
    }

    private static Tensor Multiply(Tensor a, Tensor b) => bitwise_right_shift(a * b + (1 << 14), 15);

    private static Tensor Multiply(Tensor a, int b) => bitwise_right_shift(a * b + (1 << 14), 15);

    /// <summary>(batch, orders · width)</summary>
    private Tensor Ngrams(TextCnn student, TextBatch batch)
    {
        NgramBatch ngrams = batch.Ngrams!;
        Tensor scales = tensor(_scales[StudentShape.NgramScale], device: batch.Mask.device);
        Tensor rows = student.get_parameter(StudentShape.NgramWeight)!.index_select(0, ngrams.Rows);
        Tensor steps = (rows / scales).round().clamp(-sbyte.MaxValue, sbyte.MaxValue).index_select(0, ngrams.Index); // (n-grams, width)
        long count = batch.Positions.shape[0];
        Tensor sums = zeros(NgramHash.Orders * count, _shape.NgramWidth, device: rows.device).index_add(0, ngrams.Bag, steps, 1);
        return (sums * scales).view(count, NgramHash.Orders * _shape.NgramWidth) / batch.Lengths.clamp(1).sqrt();
    }
}
