using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Retort.Data;
using Retort.Onnx;
using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Teachers;
using Retort.Teachers.Text;
using Retort.Training;

namespace Retort.Signals;

/// <summary>A classifier in ONNX Runtime as a teacher. Owns it.</summary>
public sealed class OnnxLabeller : ILabeller
{
    private readonly OnnxTeacherFiles _files;
    private readonly OnnxTextModel _model;
    private readonly TextEncoder _encoder;
    private readonly LabelOptions _options;
    private readonly TaskKind _kind;
    private readonly OnnxOutput _output;
    private readonly int _threads;

    private OnnxLabeller(OnnxTeacherFiles files, OnnxTextModel model, OnnxTeacherFacts facts, WordPieceTokenizer tokenizer,
        LabelOptions options, LabelSet labels, TaskKind kind, int threads)
    {
        (_files, _model, _options, _kind, Kind) = (files, model, options, facts.Kind ?? kind, facts.Kind);
        _threads = threads > 0 ? threads : Environment.ProcessorCount;
        _encoder = new TextEncoder(new WordPieceText(tokenizer), facts.MaxLength, facts.LongText);
        _output = options.OnnxOutput != OnnxOutput.Auto ? options.OnnxOutput
            : OnnxScores.Detect(model.ScoresName, model.ProbeScores, model.Classes, _kind);
        Source = SignalSource.OfOnnx(files, _output, _encoder, (facts.Labels ?? labels).Names, options.PooledState, model.Hidden);
        Found = Describe(facts);
    }

    public SignalSource Source { get; }

    public TaskKind? Kind { get; }

    /// <summary>What its output is taken for; never <see cref="OnnxOutput.Auto"/>.</summary>
    public OnnxOutput Output => _output;

    /// <summary>What was found in the model, as a line for the user.</summary>
    public string Found { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="options">The pooled state, the size of a batch, what its output is.</param>
    /// <param name="labels">The classes of the data, which stand for its own where it does not tell them.</param>
    /// <param name="kind">Whether they exclude each other.</param>
    /// <param name="threads">Threads; 0: one a core.</param>
    /// <exception cref="RetortException">It is no classifier of texts, is damaged, or its tokenizer or its classes are other ones.</exception>
    public static OnnxLabeller Load(OnnxTeacherFiles files, LabelOptions options, LabelSet labels, TaskKind kind, int threads)
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.Load(files.TokenizerFolder);
        OnnxTextModel? model = null;
        try
        {
            model = OnnxTextModel.Load(files.Model, OnnxTextModelOptions.For(tokenizer, labels.Count, threads));
            var facts = OnnxTeacherFacts.Read(files, model.Metadata, model.FixedLength);
            RequireFitting(files, model, facts, tokenizer, labels);
            return new OnnxLabeller(files, model, facts, tokenizer, options, labels, kind, threads);
        }
        catch (InvalidDataException e)
        {
            model?.Dispose();
            throw new RetortException($"{files.Model} cannot be a teacher: {e.Message}", e);
        }
        catch
        {
            model?.Dispose();
            throw;
        }
    }

    public TeacherOutputs Label(string[] texts, Action<int, long>? done, CancellationToken cancellation)
    {
        EncodedText[] encoded = _encoder.EncodeAll(texts, cancellation);
        var outputs = new TeacherOutputs(new float[texts.Length * _model.Classes], new float[texts.Length * Source.Hidden]);
        int[] lengths = Array.ConvertAll(encoded, text => Math.Max(text.Length, _model.FixedLength));
        int[] windows = Array.ConvertAll(encoded, text => text.Windows.Length);
        IEnumerable<int[]> batches = LengthBatches.Of(lengths, windows, _model.ReadsAlone ? 1 : _options.BatchTokens);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _model.ReadsAlone ? _threads : 1, CancellationToken = cancellation };
        var telling = new Lock();
        try
        {
            Parallel.ForEach(Partitioner.Create(batches, EnumerablePartitionerOptions.NoBuffering), parallel, batch =>
            {
                long tokens = LabelBatch(batch, encoded, texts, outputs);
                lock (telling)
                    done?.Invoke(batch.Length, tokens);
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return outputs;
    }

    public void Dispose() => _model.Dispose();

    private static void RequireFitting(
        OnnxTeacherFiles files, OnnxTextModel model, OnnxTeacherFacts facts, WordPieceTokenizer tokenizer, LabelSet labels)
    {
        if (facts.Labels is { } own && own.Count != model.Classes)
        {
            throw new RetortException($"{files.Config ?? files.Model}: id2label names {own.Count} classes, but the output {model.ScoresName} of {files.Model} "
                + $"has {model.Classes}: they belong to different models");
        }
        if (facts.Labels is null && labels.Count != model.Classes)
        {
            throw new UsageException($"{files.Model} tells {model.Classes} classes apart and has no id2label, and the data have {labels.Count} classes "
                + $"({string.Join(", ", labels.Names.Take(12))}): expected as many; name its classes as id2label in a config.json beside it")
            { Key = "teacher.sources" };
        }
        if (OnnxTeacherFacts.VocabularyHash(model.Metadata) is { } hash && hash != OnnxTeacherFacts.VocabularyHash(tokenizer))
        {
            throw new RetortException($"{files.TokenizerFolder} has another vocabulary than {files.Model} was exported with: "
                + "copy the vocabulary of the model that it was made from");
        }
        if (facts.IsAssumed)
            RequireLength(files, model, facts.MaxLength);
    }

    private static void RequireLength(OnnxTeacherFiles files, OnnxTextModel model, int length)
    {
        try
        {
            model.Run([new int[length]]);
        }
        catch (InvalidDataException e)
        {
            throw new RetortException($"{files.Model} does not read {length} tokens, and nothing tells how many it reads: write the number as "
                + $"max_position_embeddings into a config.json beside it ({e.Message})", e);
        }
    }

    private string Describe(OnnxTeacherFacts facts)
    {
        string what = $"{_output switch { OnnxOutput.Logits => "logits", OnnxOutput.Probabilities => "probabilities", _ => "log-probabilities" }}"
            + $"{(_options.OnnxOutput == OnnxOutput.Auto ? ", by their values" : ", as signals.onnx_output says")}";
        string pooled = _options.PooledState == PooledState.None ? "" : Source.Hidden > 0
            ? $"; pooled states of {Source.Hidden}" : "; it has no output of hidden states, so none are stored";
        return $"ONNX: {_model.ScoresName} is {what}; texts of up to {facts.MaxLength} tokens"
            + (_model.ReadsAlone ? ", one by one, for what stands beside a text changes what it says of it" : "") + pooled
            + (_model.AttentionLayers > 0 ? $"; {_model.AttentionLayers} outputs are attention and left alone" : "");
    }

    private long LabelBatch(int[] batch, EncodedText[] encoded, string[] texts, TeacherOutputs outputs)
    {
        int[][] windows = batch.SelectMany(k => encoded[k].Windows).ToArray();
        OnnxTextOutputs said = Run(windows);
        int row = 0, classes = _model.Classes;
        foreach (int k in batch)
        {
            for (int w = 0; w < encoded[k].Windows.Length; w++, row++)
            {
                float[] logits = ToLogits(said.Scores.AsSpan(row * classes, classes), texts[k]);
                AddShare(logits, encoded[k].Windows.Length, outputs.Logits.AsSpan(k * classes, classes));
                AddShare(said.Pooled.AsSpan(row * Source.Hidden, Source.Hidden), encoded[k].Windows.Length,
                    outputs.Pooled.AsSpan(k * Source.Hidden, Source.Hidden));
            }
        }
        return windows.Sum(window => (long)window.Length);
    }

    private OnnxTextOutputs Run(int[][] windows)
    {
        try
        {
            return _model.Run(windows, Source.PooledState switch
            {
                PooledState.Cls => StatePooling.First,
                PooledState.Mean => StatePooling.Mean,
                _ => StatePooling.None,
            });
        }
        catch (InvalidDataException e)
        {
            throw new RetortException($"{_files.Model}: {e.Message}", e);
        }
    }

    private float[] ToLogits(ReadOnlySpan<float> row, string text) => OnnxScores.ToLogits(row, _output, _kind, out string? problem)
        ?? throw new RetortException($"{_files.Model}: of '{Excerpt.Of(text, 60)}' its output {_model.ScoresName} says {problem}; it was taken for "
            + "what it looked like on other texts: name what it is in signals.onnx_output");

    private static void AddShare(ReadOnlySpan<float> row, int of, Span<float> sum)
    {
        for (int k = 0; k < sum.Length; k++)
            sum[k] += row[k] / of;
    }
}
