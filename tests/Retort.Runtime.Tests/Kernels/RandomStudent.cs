using System.Security.Cryptography;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Runtime.Tests.Kernels;

/// <summary>A student with random weights, written as a folder and kept as arrays to compute with.</summary>
internal sealed class RandomStudent
{
    private readonly Dictionary<string, float[]> _tensors = [];
    private readonly Random _random;

    public RandomStudent(StudentShape shape, int seed = 1, double size = 0.5)
    {
        (Shape, _random) = (shape, new Random(seed));
        foreach ((string name, long[] sizes) in shape.Weights())
            _tensors[name] = Draw(sizes, size);
        foreach ((string name, float[] scales) in Scales())
            _tensors[name] = scales;
        int[] buckets = [.. Enumerable.Range(0, shape.NgramBuckets)];
        // None of the last quarter has a row, where there are enough.
        if (shape.NgramRows is { } rows)
            _random.Shuffle(buckets.AsSpan(0, Math.Max(rows, buckets.Length * 3 / 4)));
        Buckets = [.. buckets.Take(shape.NgramRowCount).Order()];
    }

    public StudentShape Shape { get; }

    /// <summary>(n-gram rows) the bucket of each row.</summary>
    public int[] Buckets { get; }

    public double Temperature { get; init; } = 1;

    public int MaxLength { get; init; } = 1_000_000;

    public bool IsMultiLabel { get; init; }

    public float[] this[string name] => _tensors[name];

    /// <summary>[UNK], then words a, b, c … aa, ab …: letters are tokens, so texts are easy to spell.</summary>
    public static string Word(int id) => id == 0 ? "?" : new string((char)('a' + (id - 1) % 26), 1 + (id - 1) / 26);

    public string Write(string folder, TensorType type = TensorType.F32)
    {
        Directory.CreateDirectory(folder);
        string tensors = Path.Combine(folder, StudentFiles.TensorsName), words = Path.Combine(folder, StudentFiles.VocabularyName);
        File.WriteAllText(words, string.Concat(Enumerable.Range(0, Shape.VocabularySize).Select(id => (id == 0 ? "[UNK]" : Word(id)) + "\n")));
        WriteTensors(tensors, type);
        var config = new StudentConfig
        {
            ProblemType = StudentConfig.ProblemTypeOf(IsMultiLabel),
            Id2label = Enumerable.Range(0, Shape.Classes).ToDictionary(k => $"{k}", k => $"class {k}"),
            Temperature = Temperature,
            MaxLength = MaxLength,
            Shape = Shape,
            Tokenizer = new TokenizerOptions(),
            Sha256 = new[] { tensors, words }.ToDictionary(file => Path.GetFileName(file), Hash),
        };
        File.WriteAllText(Path.Combine(folder, StudentFiles.ConfigName), config.ToJson());
        return folder;
    }

    public static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    private void WriteTensors(string file, TensorType type)
    {
        using FileStream stream = File.Create(file);
        var tensors = new List<(string Name, long[] Sizes, TensorType Type, float[] Scales)>();
        foreach ((string name, long[] sizes) in Shape.Weights().Concat(Shape.TableScales()))
        {
            bool narrow = !name.EndsWith("scale", StringComparison.Ordinal) && (type != TensorType.I8 || sizes.Length > 1);
            float[] scales = narrow && type == TensorType.I8 ? ScalesOf(name, (int)sizes[0]) : [];
            tensors.Add((name, sizes, narrow ? type : TensorType.F32, scales));
            if (scales.Length > 0 && name != StudentShape.NgramWeight)
                tensors.Add((name + "_scale", [sizes[0]], TensorType.F32, scales));
        }
        tensors = [.. tensors.OrderByDescending(t => t.Type.ByteSize())];
        byte[] kept = Shape.NgramRows is null ? [] : [.. Enumerable.Range(0, (Shape.NgramBuckets + 7) / 8)
            .Select(b => (byte)Enumerable.Range(0, 8).Sum(k => Buckets.Contains(8 * b + k) ? 1 << k : 0))];
        IEnumerable<TensorDeclaration> bits = kept.Length == 0 ? [] : [new(StudentShape.NgramKept, TensorType.U8, [kept.Length])];
        var writer = new SafetensorsWriter(stream, [.. tensors.Select(t => new TensorDeclaration(t.Name, t.Type, t.Sizes)), .. bits], null);
        foreach ((string name, _, TensorType each, float[] scales) in tensors)
        {
            if (each == TensorType.I8)
                writer.WriteBytes(name, Steps(name, scales));
            else
                writer.WriteSingles(name, _tensors.GetValueOrDefault(name) ?? scales);
        }
        if (kept.Length > 0)
            writer.WriteBytes(StudentShape.NgramKept, kept);
        writer.Complete();
    }

    // One a row; of the n-gram table one a column, which are those of its tables.
    private float[] ScalesOf(string name, int rows) => name == StudentShape.NgramWeight
        ? _tensors[StudentShape.NgramScale]
        : [.. _tensors[name].Chunk(_tensors[name].Length / rows).Select(row => row.Max(Math.Abs) / 127 + 1e-9f)];

    private byte[] Steps(string name, float[] scales)
    {
        bool byColumn = name == StudentShape.NgramWeight;
        int width = byColumn ? scales.Length : _tensors[name].Length / scales.Length;
        return [.. _tensors[name].Select((value, k) => (byte)(sbyte)MathF.Round(value / scales[byColumn ? k % width : k / width]))];
    }

    private float[] Draw(long[] sizes, double size)
    {
        float[] values = new float[sizes.Aggregate(1L, (a, b) => a * b)];
        for (int k = 0; k < values.Length; k++)
            values[k] = (float)((_random.NextDouble() * 2 - 1) * size);
        return values;
    }

    private IEnumerable<(string, float[])> Scales()
    {
        for (int k = 0; k < Shape.Windows.Count; k++)
        {
            int window = Shape.Windows[k];
            float[] biases = _tensors[StudentShape.ConvolutionBias(window)];
            yield return (StudentShape.ConvolutionScale(window), [.. Enumerable.Range(0, Shape.RawChannels(k)).Select(c =>
            {
                float largest = 0;
                for (int token = 0; token < Shape.VocabularySize; token++)
                {
                    for (int j = 0; j < window; j++)
                        largest = Math.Max(largest, Math.Abs(Product(window, token, j, c)));
                }
                return Math.Max(largest / StudentShape.LargestEntry(window), Math.Abs(biases[c]) / (StudentShape.LargestBias(window) - 0.5f));
            })]);
        }
        if (Shape.NgramBuckets > 0)
        {
            float[] table = _tensors[StudentShape.NgramWeight];
            yield return (StudentShape.NgramScale, [.. Enumerable.Range(0, Shape.NgramWidth)
                .Select(c => Enumerable.Range(0, Shape.NgramRowCount).Max(row => Math.Abs(table[row * Shape.NgramWidth + c])) / 127)]);
        }
    }

    /// <summary>An entry of a table, without folding or rounding.</summary>
    public float Product(int window, int token, int offset, int channel)
    {
        float[] embedding = _tensors[StudentShape.EmbeddingWeight], weight = _tensors[StudentShape.ConvolutionWeight(window)];
        int width = Shape.EmbeddingWidth;
        double sum = 0;
        for (int e = 0; e < width; e++)
            sum += (double)embedding[token * width + e] * weight[(channel * window + offset) * width + e];
        return (float)sum;
    }
}
