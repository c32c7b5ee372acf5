using Retort.Runtime;
using Retort.Runtime.Kernels;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>Ways to answer texts, for tables of times.</summary>
internal static class Contestants
{
    private const int OfScalar = 200, OfOthers = 300, OfTeacher = 50;

    private static readonly TextClassifierOptions Folded = new() { FoldAtLoad = true };

    /// <summary>The student from tokens: every kernel, the chosen one first, its rows read alone, and other runtimes.</summary>
    public static IEnumerable<Contestant> FromTokens(string folder, int[][] ids, OnnxSession onnx, TorchStudent torch)
    {
        foreach (ConvolutionKernel kernel in KernelChoice.All.OrderByDescending(kernel => kernel == KernelChoice.Current))
            yield return new($"Retort INT8, {kernel.Name}", Model(Core(folder, kernel), ids), kernel is ScalarKernel ? OfScalar : ids.Length);
        var reads = new RowReads(Core(folder, KernelChoice.Current));
        yield return new("reading the same rows, nothing else", k => reads.Read(ids[k]), ids.Length);
        yield return new("ONNX Runtime F32, the same student", k => onnx.Run(ids[k]), OfOthers);
        yield return new("TorchSharp, the same student", k => torch.Run(ids[k]), OfOthers);
    }

    /// <summary>The student from raw text: ways to load it.</summary>
    public static IEnumerable<Contestant> FromText(string folder, string[] texts)
    {
        byte[][] utf8 = [.. texts.Select(System.Text.Encoding.UTF8.GetBytes)];
        TextClassifier classifier = TextClassifier.Load(folder, Folded);
        TextClassifier limited = TextClassifier.Load(folder, Folded with { MaxTableBytes = 16_000_000 });
        TextClassifier single = TextClassifier.Load(folder, Folded with { Precision = TablePrecision.Full });
        yield return new("Retort INT8", k => classifier.Classify(texts[k]), texts.Length);
        yield return new("Retort INT8, UTF-8", k => classifier.ClassifyUtf8(utf8[k]), texts.Length);
        yield return new("Retort INT8, MaxTableBytes 16 MB", k => limited.Classify(texts[k]), texts.Length);
        yield return new("Retort F32", k => single.Classify(texts[k]), texts.Length);
    }

    /// <summary>A teacher in ONNX Runtime.</summary>
    public static Contestant Teacher(string name, OnnxSession session, int[][] ids) =>
        new($"{name} in ONNX Runtime F32, from tokens", k => session.Run(ids[k]), OfTeacher);

    public static IEnumerable<Contestant> Tokenizers(WordPieceTokenizer tokenizer, string vocabulary, string[] texts)
    {
        var other = Microsoft.ML.Tokenizers.BertTokenizer.Create(vocabulary);
        byte[][] utf8 = [.. texts.Select(System.Text.Encoding.UTF8.GetBytes)];
        return
        [
            new("Retort", k => TokenCount.Of(tokenizer, texts[k]), texts.Length),
            new("Retort, UTF-8", k => TokenCount.OfUtf8(tokenizer, utf8[k]), texts.Length),
            new("Microsoft.ML.Tokenizers 2.0.1, BertTokenizer", k => other.EncodeToIds(texts[k]), texts.Length),
        ];
    }

    /// <summary>The student without its tokenizer.</summary>
    public static Action<int> Model(StudentCore core, int[][] ids)
    {
        var pass = new TextPass(core);
        return k =>
        {
            pass.Begin();
            foreach (int id in ids[k])
                pass.Add(id);
            pass.End();
        };
    }

    public static StudentCore Core(string folder, ConvolutionKernel kernel)
    {
        using StudentFiles files = StudentFiles.Open(folder);
        return StudentCore.Read(files, Folded, kernel);
    }
}

/// <summary>Takes tokens, so that nothing of the tokenizer's work can be left out.</summary>
internal struct TokenCount : ITokenSink
{
    private int _sum;

    public static int Of(WordPieceTokenizer tokenizer, string text)
    {
        var sink = new TokenCount();
        tokenizer.Encode(text, ref sink);
        return sink._sum;
    }

    public static int OfUtf8(WordPieceTokenizer tokenizer, byte[] text)
    {
        var sink = new TokenCount();
        tokenizer.EncodeUtf8(text, ref sink);
        return sink._sum;
    }

    public bool Add(int id, int start, int end)
    {
        _sum += id;
        return true;
    }
}
