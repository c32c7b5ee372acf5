using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;
using Retort.Runs;
using Retort.Runtime.Model;

namespace Retort.Signals.Intermediate;

/// <summary>
/// The signals of some texts: a safetensors file of their numbers, one text behind the other (<c>values</c>; as INT8 with <c>scales</c>, one a row),
/// which is memory-mapped, and a Parquet file that says where each text's begin: <c>key</c> (16 bytes), <c>tokens</c> (int).
/// The second is written last: where it stands, the first is whole.
/// </summary>
internal sealed class IntermediateShard : IDisposable
{
    private const string Values = "values", Scales = "scales", Tokens = "tokens";
    private const float LargestByte = 127;

    private readonly MappedArray<byte> _file;
    private readonly IntermediateShape _shape;
    private readonly IntermediatePrecision _precision;
    private readonly long _values, _scales;
    private readonly int[] _tokens;
    private readonly long[] _first, _firstRow;

    private IntermediateShard(MappedArray<byte> file, IntermediateSource source, long values, long scales, SignalKey[] keys, int[] tokens)
    {
        (_file, _shape, _precision, _values, _scales, Keys, _tokens) = (file, source.Shape, source.Precision, values, scales, keys, tokens);
        (_first, _firstRow) = (new long[tokens.Length + 1], new long[tokens.Length + 1]);
        for (int k = 0; k < tokens.Length; k++)
            (_first[k + 1], _firstRow[k + 1]) = (_first[k] + _shape.Count(tokens[k]), _firstRow[k] + _shape.Rows(tokens[k]));
    }

    /// <summary>The texts, in order.</summary>
    public SignalKey[] Keys { get; }

    /// <summary>Writes a shard, whole or not at all.</summary>
    /// <param name="path">Of the safetensors file.</param>
    /// <param name="source">Whose signals they are.</param>
    /// <param name="keys">One a text.</param>
    /// <param name="signals">One a text.</param>
    public static void Write(string path, IntermediateSource source, SignalKey[] keys, IReadOnlyList<IntermediateSignal> signals)
    {
        long count = signals.Sum(signal => (long)signal.Values.Length), rows = signals.Sum(signal => source.Shape.Rows(signal.Tokens));
        bool isHalf = source.Precision == IntermediatePrecision.F16;
        RequireRange(signals, isHalf ? (float)Half.MaxValue : float.MaxValue);
        // The index of a shard that is written anew would speak of other numbers.
        File.Delete(IndexOf(path));
        TensorDeclaration[] tensors = isHalf ? [new(Values, TensorType.F16, [count])] : [new(Scales, TensorType.F32, [rows]), new(Values, TensorType.I8, [count])];
        AtomicFile.Write(path, stream =>
        {
            var writer = new SafetensorsWriter(stream, tensors, null);
            float[][] scales = isHalf ? [] : [.. signals.Select(ScalesOf)];
            foreach (float[] own in scales)
                writer.WriteSingles(Scales, own);
            for (int k = 0; k < signals.Count; k++)
            {
                if (isHalf)
                    writer.WriteSingles(Values, signals[k].Values);
                else
                    writer.WriteBytes(Values, MemoryMarshal.AsBytes(Quantized(signals[k], scales[k]).AsSpan()));
            }
            writer.Complete();
        });
        int[] tokens = [.. signals.Select(signal => signal.Tokens)];
        var column = new DataField<int>(Tokens);
        DigestedParquet.Write(IndexOf(path), keys, [column], group => group.WriteAsync<int>(column, tokens.AsMemory()));
    }

    /// <exception cref="RetortException">One of the two files is damaged.</exception>
    public static IntermediateShard Open(string path, IntermediateSource source)
    {
        try
        {
            (SignalKey[] keys, int[] tokens) = DigestedParquet.ReadAsync(IndexOf(path), ReadIndex).GetAwaiter().GetResult();
            using SafetensorsFile header = SafetensorsFile.Open(path);
            TensorEntry values = header.Tensors[Values];
            TensorEntry? scales = header.Tensors.GetValueOrDefault(Scales);
            long count = tokens.Sum(source.Shape.Count), rows = tokens.Sum(source.Shape.Rows);
            bool isHalf = source.Precision == IntermediatePrecision.F16;
            if (values.Type != (isHalf ? TensorType.F16 : TensorType.I8) || values.ElementCount != count || (!isHalf && scales?.ElementCount != rows))
                throw new InvalidDataException($"it holds {values.ElementCount} numbers, where its index says {count}");
            return new IntermediateShard(MappedArray<byte>.Open(path), source, values.Offset, scales?.Offset ?? 0, keys, tokens);
        }
        catch (Exception e) when (e is not RetortException and not OutOfMemoryException)
        {
            throw new RetortException($"{path} and {Path.GetFileName(IndexOf(path))} are not a readable shard of intermediate signals ({e.Message}): delete both, and what they and the shards behind them held is computed anew", e);
        }
    }

    public IntermediateSignal Read(int text)
    {
        int tokens = _tokens[text];
        float[] values = new float[_first[text + 1] - _first[text]];
        if (_precision == IntermediatePrecision.F16)
        {
            ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(_file.Slice(_values + sizeof(ushort) * _first[text], sizeof(ushort) * values.Length));
            for (int k = 0; k < values.Length; k++)
                values[k] = (float)halves[k];
        }
        else
        {
            ReadOnlySpan<sbyte> bytes = MemoryMarshal.Cast<byte, sbyte>(_file.Slice(_values + _first[text], values.Length));
            ReadOnlySpan<float> scales = MemoryMarshal.Cast<byte, float>(_file.Slice(_scales + sizeof(float) * _firstRow[text], sizeof(float) * (int)_shape.Rows(tokens)));
            int at = 0;
            for (int row = 0; row < scales.Length; row++)
            {
                for (int end = at + _shape.Width(row, tokens); at < end; at++)
                    values[at] = bytes[at] * scales[row];
            }
        }
        return new IntermediateSignal(_shape, tokens, values);
    }

    public void Dispose() => _file.Dispose();

    internal static string IndexOf(string path) => Path.ChangeExtension(path, ".parquet");

    private static void RequireRange(IReadOnlyList<IntermediateSignal> signals, float largest)
    {
        foreach (IntermediateSignal signal in signals)
        {
            int bad = Array.FindIndex(signal.Values, value => !(Math.Abs(value) <= largest));
            if (bad >= 0)
            {
                throw new RetortException($"the teacher's states or attention hold {signal.Values[bad]}, which "
                    + (float.IsFinite(signal.Values[bad]) ? "is beyond f16: expected intermediate.precision int8, or --online" : "is no number: its weights are damaged or it diverged in training"));
            }
        }
    }

    private static float[] ScalesOf(IntermediateSignal signal)
    {
        float[] scales = new float[signal.Shape.Rows(signal.Tokens)];
        int at = 0;
        for (int row = 0; row < scales.Length; row++)
        {
            float largest = 0;
            for (int end = at + signal.Shape.Width(row, signal.Tokens); at < end; at++)
                largest = Math.Max(largest, Math.Abs(signal.Values[at]));
            scales[row] = largest / LargestByte;
        }
        return scales;
    }

    private static sbyte[] Quantized(IntermediateSignal signal, float[] scales)
    {
        sbyte[] bytes = new sbyte[signal.Values.Length];
        int at = 0;
        for (int row = 0; row < scales.Length; row++)
        {
            for (int end = at + signal.Shape.Width(row, signal.Tokens); at < end; at++)
                bytes[at] = scales[row] == 0 ? (sbyte)0 : (sbyte)MathF.Round(signal.Values[at] / scales[row]);
        }
        return bytes;
    }

    private static async Task<(SignalKey[], int[])> ReadIndex(ParquetReader reader, ParquetRowGroupReader group)
    {
        int[] tokens = new int[group.RowCount];
        await group.ReadAsync<int>(reader.Schema.FindDataField(Tokens), tokens.AsMemory());
        return (await DigestedParquet.KeysAsync(reader, group), tokens);
    }
}
