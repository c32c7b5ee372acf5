using Retort.Data;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>A corpus's labels as tensors, and the hard-label term on them.</summary>
public sealed class Targets
{
    private readonly Corpus _corpus;
    private readonly Device _device;
    private readonly float[]? _classWeights;

    /// <param name="corpus">A labelled corpus.</param>
    /// <param name="classWeights">How classes are weighted.</param>
    /// <param name="device">Where the logits are.</param>
    public Targets(Corpus corpus, ClassWeights classWeights, Device device)
    {
        (_corpus, _device) = (corpus, device);
        _classWeights = classWeights == ClassWeights.Balanced ? InverseFrequency(corpus) : null;
    }

    /// <summary>The hard-label term of a batch, in the caller's dispose scope.</summary>
    /// <param name="logits">(batch, classes)</param>
    /// <param name="batch">Indices into the corpus.</param>
    public Tensor Loss(Tensor logits, IReadOnlyList<int> batch)
    {
        using var scope = NewDisposeScope();
        float[] rows = batch.SelectMany(_corpus.TargetRow).ToArray();
        Tensor targets = tensor(rows, [batch.Count, _corpus.Labels.Count], device: _device);
        Tensor? weights = _classWeights is null ? null : tensor(_classWeights, device: _device);
        Tensor loss = _corpus.Kind == TaskKind.MultiLabel
            ? Losses.MultiLabelHardLabel(logits, targets, weights)
            : Losses.HardLabel(logits, targets, weights);
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>n / (classes · count): 1 for every class of a balanced corpus. A class without samples counts as one.</summary>
    private static float[] InverseFrequency(Corpus corpus)
    {
        double[] counts = new double[corpus.Labels.Count];
        for (int k = 0; k < corpus.Count; k++)
        {
            float[] row = corpus.TargetRow(k);
            for (int c = 0; c < counts.Length; c++)
                counts[c] += row[c];
        }
        double sum = counts.Sum();
        return Array.ConvertAll(counts, count => (float)(sum / (counts.Length * Math.Max(1, count))));
    }
}
