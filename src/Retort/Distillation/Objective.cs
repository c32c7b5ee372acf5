using Retort.Fractionation;
using Retort.Metrics;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Distillation;

/// <summary>The weighted terms that a student is trained on.</summary>
internal sealed class Objective(DistillationOptions options, TransferSet transfer, Device device)
{
    private readonly Targets _targets = new(transfer.Labelled, ClassWeights.None, device);
    private readonly float[]? _adjustment = transfer.Fractions is { Options.LogitAdjustment: > 0 } fractions
        ? ClassWeighting.LogitAdjustment(fractions.Options.LogitAdjustment, fractions.Texts.ClassCounts, fractions.Texts.Names) : null;

    /// <summary>The terms of a batch, in the caller's dispose scope.</summary>
    /// <param name="logits">(batch, classes) the student's.</param>
    /// <param name="batch">Indices into the transfer set.</param>
    public IReadOnlyList<LossTerm> Terms(Tensor logits, int[] batch)
    {
        if (_adjustment is not null)
            logits = logits + tensor(_adjustment, device: device); // (batch, classes)
        // Without a teacher the hard label is all there is, whatever its weight beside a teacher.
        if (transfer.Teacher is not { } teacher)
            return [new LossTerm("hard_label", 1, _targets.Loss(logits, batch))];
        var terms = new List<LossTerm>();
        if (options.SoftLabelWeight > 0)
            terms.Add(new LossTerm("soft_label", options.SoftLabelWeight, SoftLabel(logits, batch, teacher)));
        if (options.HardLabelWeight > 0)
            terms.Add(new LossTerm("hard_label", options.HardLabelWeight, HardLabel(logits, batch)));
        return terms;
    }

    private Tensor SoftLabel(Tensor logits, int[] batch, ILogitRows teacher)
    {
        using Tensor target = tensor(teacher.Choose(batch).Values, [batch.Length, teacher.Classes], device: device);
        if (options.SoftLabelLoss == SoftLabelLoss.Mse)
            return Losses.LogitMse(logits, target);
        return transfer.Labelled.Kind == Data.TaskKind.MultiLabel
            ? Losses.MultiLabelSoftLabel(logits, target, options.Temperature)
            : Losses.SoftLabelKl(logits, target, options.Temperature);
    }

    /// <summary>Over the labelled texts of the batch; 0 where it has none.</summary>
    private Tensor HardLabel(Tensor logits, int[] batch)
    {
        int[] rows = Enumerable.Range(0, batch.Length).Where(k => batch[k] < transfer.Labelled.Count).ToArray();
        if (rows.Length == 0)
            return logits.sum() * 0;
        if (rows.Length == batch.Length)
            return _targets.Loss(logits, batch);
        using Tensor index = tensor(Array.ConvertAll(rows, k => (long)k), device: device);
        using Tensor labelled = logits.index_select(0, index);
        return _targets.Loss(labelled, Array.ConvertAll(rows, k => batch[k]));
    }
}
