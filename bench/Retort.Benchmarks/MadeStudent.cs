using System.Security.Cryptography;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>A student of a given shape with random weights and a real vocabulary: speed does not depend on what it has learned.</summary>
internal static class MadeStudent
{
    private const double Size = 0.05;

    /// <summary>300 wide, windows 2, 3 and 4 of 256 filters with ReLU: the TextCNN of Kim 2014 at the size that is most in use.</summary>
    public static StudentShape Reference { get; } = new()
    {
        VocabularySize = 21_000,
        Classes = 10,
        EmbeddingWidth = 300,
        Windows = [2, 3, 4],
        Filters = 256,
        Activation = Activation.Relu,
        Pooling = Pooling.Max,
    };

    /// <summary>The toolkit's default student: 100 wide, windows 3, 4 and 5 of 128 gated filters, hashed n-grams.</summary>
    public static StudentShape Default { get; } = new()
    {
        VocabularySize = 21_000,
        Classes = 10,
        EmbeddingWidth = 100,
        Windows = [3, 4, 5],
        Filters = 128,
        Activation = Activation.Gated,
        Pooling = Pooling.Max,
        NgramBuckets = 131_072,
        NgramWidth = 32,
    };

    /// <summary>Writes a student's folder.</summary>
    /// <param name="folder">New or empty.</param>
    /// <param name="shape">Its sizes; a smaller vocabulary makes it smaller.</param>
    /// <param name="tokens">Its tokens, the most frequent first, without [UNK].</param>
    public static string Write(string folder, StudentShape shape, IEnumerable<string> tokens)
    {
        string[] all = ["[UNK]", .. tokens.Take(shape.VocabularySize - 1)];
        shape = shape with { VocabularySize = all.Length };
        Directory.CreateDirectory(folder);
        string words = Path.Combine(folder, StudentFiles.VocabularyName), tensors = Path.Combine(folder, StudentFiles.TensorsName);
        File.WriteAllText(words, string.Concat(all.Select(token => token + "\n")));
        WriteTensors(tensors, shape);
        var config = new StudentConfig
        {
            ProblemType = StudentConfig.ProblemTypeOf(multiLabel: false),
            Id2label = Enumerable.Range(0, shape.Classes).ToDictionary(k => $"{k}", k => $"class {k}"),
            Temperature = 1,
            MaxLength = 256,
            Shape = shape,
            Tokenizer = new TokenizerOptions(),
            Sha256 = new[] { tensors, words }.ToDictionary(file => Path.GetFileName(file), Hash),
        };
        File.WriteAllText(Path.Combine(folder, StudentFiles.ConfigName), config.ToJson());
        return folder;
    }

    /// <summary>A vocabulary without a source: ASCII, then Chinese characters.</summary>
    public static IEnumerable<string> Characters() =>
        Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range(0x4E00, 20_902)).Select(c => ((char)c).ToString());

    /// <summary>The tokens of a corpus, the most frequent of its training texts first, and then the others of its encoder.</summary>
    public static IEnumerable<string> ByFrequency(BenchCorpus corpus)
    {
        var tokenizer = WordPieceTokenizer.Load(corpus.EncoderFolder);
        int[] counts = new int[tokenizer.Vocabulary.Count];
        var tokens = new List<Token>();
        foreach (string text in corpus.TrainTexts())
        {
            tokens.Clear();
            tokenizer.Encode(text, tokens);
            foreach (Token token in tokens)
                counts[token.Id]++;
        }
        return Enumerable.Range(0, counts.Length).Where(id => id != tokenizer.UnknownId)
            .OrderByDescending(id => counts[id]).ThenBy(id => id).Select(id => tokenizer.Vocabulary[id]);
    }

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

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
