using Retort.Onnx.TextModels;

namespace Retort.Onnx;

/// <summary>
/// A text classifier in ONNX Runtime on the CPU, from whatever exporter: inputs are found by their names, outputs by their
/// names and shapes. Thread-safe.
/// </summary>
public sealed class OnnxTextModel : IDisposable
{
    private readonly TextSession _session;
    private readonly ModelOutputs _outputs;

    private OnnxTextModel(TextSession session, ModelOutputs outputs, float[] probe, bool readsAlone) =>
        (_session, _outputs, ProbeScores, ReadsAlone) = (session, outputs, probe, readsAlone);

    /// <summary>The facts that stand in the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _session.Metadata;

    /// <summary>The name of the output that tells of the classes.</summary>
    public string ScoresName => _outputs.Scores;

    public int Classes => _outputs.Classes;

    /// <summary>Width of the last layer's states; 0: the model does not give them away.</summary>
    public int Hidden => _outputs.Hidden;

    /// <summary>Outputs that are attention, a layer each.</summary>
    public int AttentionLayers => _outputs.Attentions;

    /// <summary>Tokens a text, where the model fixes them: shorter texts are padded; 0: any number.</summary>
    public int FixedLength => _session.Inputs.Length;

    /// <summary>Texts a batch, where the model fixes them: smaller batches are filled up; 0: any number.</summary>
    public int FixedBatch => _session.Inputs.Batch;

    /// <summary>(probe texts × classes) What it says of the texts that it was tried on.</summary>
    public IReadOnlyList<float> ProbeScores { get; }

    /// <summary>
    /// Whether what it says of a text changes with the texts beside it, as in a model that is quantized with one scale for a
    /// whole batch, or that does not mask its padding. Its texts are then read one by one, each on one thread.
    /// </summary>
    public bool ReadsAlone { get; }

    /// <summary>Loads a model file and tries it.</summary>
    /// <exception cref="InvalidDataException">ONNX Runtime does not accept it, or it is no classifier of texts.</exception>
    public static OnnxTextModel Load(string path, OnnxTextModelOptions options)
    {
        TextSession session = TextSession.Open(path, options.Threads, options.PaddingId);
        try
        {
            int[][] probe = options.Probe.Select(session.Cut).ToArray();
            ModelOutputs outputs = session.Probe(probe, options.Classes);
            float[] alone = probe.SelectMany(text => session.Run([text], outputs, StatePooling.None).Scores).ToArray();
            bool readsAlone = session.Inputs.Batch != 1 && DiffersBesideOthers(session, outputs, probe, alone);
            if (readsAlone)
            {
                session.Dispose();
                session = TextSession.Open(path, threads: 1, options.PaddingId);
            }
            return new OnnxTextModel(session, outputs, alone, readsAlone);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>What it says of some texts; a batch, unless <see cref="ReadsAlone"/> or <see cref="FixedBatch"/>.</summary>
    /// <param name="texts">Token ids, at least one a text.</param>
    /// <param name="pooling">What becomes of the states of tokens.</param>
    /// <exception cref="InvalidDataException">ONNX Runtime cannot compute it: a text is too long, or an id unknown.</exception>
    public OnnxTextOutputs Run(IReadOnlyList<int[]> texts, StatePooling pooling = StatePooling.None)
    {
        int step = ReadsAlone ? 1 : FixedBatch > 0 ? FixedBatch : texts.Count;
        if (step >= texts.Count)
            return _session.Run(texts, _outputs, pooling);
        OnnxTextOutputs[] parts = texts.Chunk(step).Select(part => _session.Run(part, _outputs, pooling)).ToArray();
        return new OnnxTextOutputs([.. parts.SelectMany(part => part.Scores)], [.. parts.SelectMany(part => part.Pooled)]);
    }

    public void Dispose() => _session.Dispose();

    private static bool DiffersBesideOthers(TextSession session, ModelOutputs outputs, int[][] probe, float[] alone)
    {
        int step = session.Inputs.Batch > 0 ? session.Inputs.Batch : probe.Length;
        IEnumerable<float> together = probe.Chunk(step).SelectMany(part => session.Run(part, outputs, StatePooling.None).Scores);
        return alone.Zip(together).Any(pair =>
            !(Math.Abs(pair.First - pair.Second) <= ParityTolerance.Batching * Math.Max(1, Math.Abs(pair.First))));
    }
}
