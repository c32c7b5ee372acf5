using System.Security.Cryptography;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>A student of a given shape with random weights and a real vocabulary: speed does not depend on what it has learned.</summary>
internal static class MadeStudent
{
    private const double Size = 0.05;

    public static string Write(string folder, StudentShape shape, string vocabulary, int maxLength = 256)
    {
        Directory.CreateDirectory(folder);
        string[] tokens = File.ReadLines(vocabulary).Where(token => token != "[UNK]").Take(shape.VocabularySize - 1).ToArray();
        string words = Path.Combine(folder, StudentFiles.VocabularyName), tensors = Path.Combine(folder, StudentFiles.TensorsName);
        File.WriteAllText(words, string.Concat(tokens.Prepend("[UNK]").Select(token => token + "\n")));
        WriteTensors(tensors, shape);
        var config = new StudentConfig
        {
            ProblemType = StudentConfig.ProblemTypeOf(multiLabel: false),
            Id2label = Enumerable.Range(0, shape.Classes).ToDictionary(k => $"{k}", k => $"class {k}"),
            Temperature = 1,
            MaxLength = maxLength,
            Shape = shape,
            Tokenizer = new TokenizerOptions(),
            Sha256 = new[] { tensors, words }.ToDictionary(file => Path.GetFileName(file),
                file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))),
        };
        File.WriteAllText(Path.Combine(folder, StudentFiles.ConfigName), config.ToJson());
        return folder;
    }

    private static void WriteTensors(string file, StudentShape shape)
    {
        using FileStream stream = File.Create(file);
        var random = new Random(1);
        (string Name, long[] Sizes)[] weights = [.. shape.Weights()], scales = [.. shape.TableScales()];
        var writer = new SafetensorsWriter(stream,
            weights.Concat(scales).Select(t => new TensorDeclaration(t.Name, TensorType.F32, t.Sizes)), null);
        foreach ((string name, long[] sizes) in weights)
        {
            float[] values = new float[sizes.Aggregate(1L, (a, b) => a * b)];
            for (int k = 0; k < values.Length; k++)
                values[k] = (float)((random.NextDouble() * 2 - 1) * Size);
            writer.WriteSingles(name, values);
        }
        // Of sums of so many products of such sizes, one in a thousand is beyond four standard deviations.
        float largest = (float)(4 * Math.Sqrt(shape.EmbeddingWidth) * Size * Size / 3);
        foreach ((string name, long[] sizes) in scales)
            writer.WriteSingles(name, Enumerable.Repeat((name == StudentShape.NgramScale ? (float)Size : largest) / 127, (int)sizes[0]).ToArray());
        writer.Complete();
    }
}
