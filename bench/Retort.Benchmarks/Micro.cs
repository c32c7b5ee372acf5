using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Retort.Runtime;
using Retort.Runtime.Kernels;
using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>
/// The parts of an answer under BenchmarkDotNet, whose times are those of all texts of a test set: a kernel alone, the tokenizer
/// alone, both together one text at a time, and batches on one thread and two.
/// </summary>
[MemoryDiagnoser]
public class Micro
{
    private readonly string _work = Directory.CreateTempSubdirectory("retort-bench-").FullName;
    private string[] _texts = [];
    private int[][] _ids = [];
    private Action<int> _model = _ => { };
    private WordPieceTokenizer? _tokenizer;
    private TextClassifier? _classifier;
    private Classification[] _answers = [];

    /// <summary>Folder of the data set.</summary>
    [Params("thucnews10", "sst2_glue")]
    public string Corpus { get; set; } = "";

    /// <summary>Which student of random weights.</summary>
    [Params("reference", "default")]
    public string Student { get; set; } = "";

    /// <summary>Runs the benchmarks that a filter names.</summary>
    public static int Run(string[] args)
    {
        ManualConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        BenchmarkSwitcher.FromTypes([typeof(Micro)]).Run(args.Length > 0 ? args : ["--filter", "*"], config);
        return 0;
    }

    /// <summary>Makes the student.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        BenchCorpus corpus = BenchCorpus.Named(Corpus);
        _texts = corpus.TestTexts();
        string[] tokens = [.. MadeStudent.ByFrequency(corpus)];
        string folder = MadeStudent.Write(_work, Student == "default" ? MadeStudent.Default : MadeStudent.Reference, tokens);
        _tokenizer = WordPieceTokenizer.Load(folder);
        _ids = BenchCorpus.Encode(_tokenizer, _texts);
        _model = Contestants.Model(Contestants.Core(folder, KernelChoice.Current), _ids);
        _classifier = TextClassifier.Load(folder, new() { FoldAtLoad = true });
        _answers = new Classification[_texts.Length];
    }

    /// <summary>Lets the student go.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _classifier?.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    /// <summary>From tokens to logits.</summary>
    [Benchmark]
    public void Kernel()
    {
        for (int k = 0; k < _ids.Length; k++)
            _model(k);
    }

    /// <summary>From text to tokens.</summary>
    [Benchmark]
    public int Tokenizer() => _texts.Sum(text => TokenCount.Of(_tokenizer!, text));

    /// <summary>From text to an answer.</summary>
    [Benchmark(Baseline = true)]
    public float Classify()
    {
        float sum = 0;
        foreach (string text in _texts)
            sum += _classifier!.Classify(text).Probability;
        return sum;
    }

    /// <summary>A batch on one thread.</summary>
    [Benchmark]
    public void BatchOfOneThread() => _classifier!.ClassifyInto(_texts, _answers, 1);

    /// <summary>A batch on two threads.</summary>
    [Benchmark]
    public void BatchOfTwoThreads() => _classifier!.ClassifyInto(_texts, _answers, 2);
}
