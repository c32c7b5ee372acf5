using Retort.Data;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Distillation;

/// <summary>The weighted terms that a student is trained on.</summary>
/// <param name="options">The weights.</param>
/// <param name="transfer">What is learnt from.</param>
/// <param name="learnt">The temperature, where it is learnt.</param>
/// <param name="device">Where to compute.</param>
internal sealed class Objective(DistillationOptions options, TransferSet transfer, LearntTemperature? learnt, Device device)
{
    /// <summary>The name of the term on the teacher's logits, which stands first where there is one.</summary>
    public const string SoftLabelTerm = "soft_label";

    private const string HardLabelTerm = "hard_label", CorrectedLabelTerm = "corrected_label", UnchosenLabelTerm = "unchosen_label";

    /// <summary>Of a batch that the student is certain of: all texts then weigh next to nothing.</summary>
    private const double LeastEntropy = 1e-6;

    private readonly Targets _targets = new(transfer.Labelled, ClassWeights.None, device);
    private readonly float[]? _adjustment = transfer.Fractions is { Options.LogitAdjustment: > 0 } fractions
        ? ClassWeighting.LogitAdjustment(fractions.Options.LogitAdjustment, fractions.Texts.ClassCounts, fractions.Texts.Names) : null;

    /// <summary>Whether a text of the transfer set is learnt from the teacher; the others, which have labels, are learnt by those alone. Null: all are.</summary>
    public Func<int, bool>? IsTaught { get; set; }

    /// <summary>The terms of a batch, in the caller's dispose scope.</summary>
    /// <param name="logits">(batch, classes) the student's.</param>
    /// <param name="batch">Indices into the transfer set.</param>
    public IReadOnlyList<LossTerm> Terms(Tensor logits, int[] batch)
    {
        if (_adjustment is not null)
            logits = logits + tensor(_adjustment, device: device); // (batch, classes)
        // Without a teacher the hard label is all there is, whatever its weight beside a teacher.
        if (transfer.Teacher is not { } teacher)
            return [new LossTerm(HardLabelTerm, 1, _targets.Loss(logits, batch))];
        return IsTaught is { } isTaught ? Divided(logits, batch, teacher, isTaught) : Taught(logits, batch, teacher);
    }

    /// <summary>Each part of the batch by its own terms, all of which count by their texts' share of it.</summary>
    private List<LossTerm> Divided(Tensor logits, int[] batch, ILogitRows teacher, Func<int, bool> isTaught)
    {
        int[] taught = [.. Enumerable.Range(0, batch.Length).Where(k => isTaught(batch[k]))], alone = [.. Enumerable.Range(0, batch.Length).Except(taught)];
        double share = (double)taught.Length / batch.Length;
        Tensor label = HardLabel(Part(logits, alone), Array.ConvertAll(alone, k => batch[k])) * (1 - share);
        return
        [
            .. Taught(Part(logits, taught), Array.ConvertAll(taught, k => batch[k]), teacher).Select(term => term with { Value = term.Value * share }),
            new LossTerm(UnchosenLabelTerm, 1, label) { IsEmpty = alone.Length == 0 },
        ];
    }

    private List<LossTerm> Taught(Tensor logits, int[] batch, ILogitRows teacher)
    {
        var terms = new List<LossTerm>();
        if (options.SoftLabelWeight > 0)
            AddSoftLabel(terms, logits, batch, teacher.Choose(batch));
        if (options.HardLabelWeight > 0)
            terms.Add(new LossTerm(HardLabelTerm, options.HardLabelWeight, HardLabel(logits, batch)) { IsEmpty = !batch.Any(IsLabelled) });
        return terms;
    }

    private Tensor Part(Tensor logits, int[] rows)
    {
        using Tensor index = tensor(Array.ConvertAll(rows, k => (long)k), device: device);
        return logits.index_select(0, index);
    }

    private bool IsLabelled(int row) => row < transfer.Labelled.Count;

    private void AddSoftLabel(List<LossTerm> terms, Tensor logits, int[] batch, LogitTable said)
    {
        using var scope = NewDisposeScope();
        Tensor target = tensor(said.Values, [batch.Length, said.Classes], device: device);
        Tensor loss = Rows(logits, target, batch, said); // (batch)
        if (options.SampleWeight == SampleWeight.Uncertainty)
            loss = loss * Uncertainty(logits);
        if (options.LabelMixing == LabelMixing.Correctness)
        {
            (Tensor correctness, Tensor labels) = Correctness(target, batch);
            Tensor entropy = -(labels * nn.functional.log_softmax(logits, 1)).sum(1); // (batch), 0 without a label
            terms.Add(new LossTerm(CorrectedLabelTerm, options.SoftLabelWeight, Mean((1 - correctness) * entropy).MoveToOuterDisposeScope())
            { IsEmpty = !batch.Any(IsLabelled) });
            loss = loss * correctness;
        }
        terms.Insert(0, new LossTerm(SoftLabelTerm, options.SoftLabelWeight, Mean(loss).MoveToOuterDisposeScope()) { IsEmpty = batch.Length == 0 });

        // Of no text the mean would be NaN.
        Tensor Mean(Tensor rows) => batch.Length == 0 ? logits.sum() * 0 : rows.mean();
    }

    private Tensor Rows(Tensor logits, Tensor target, int[] batch, LogitTable said)
    {
        if (options.SoftLabelLoss == SoftLabelLoss.Mse)
            return Losses.LogitMseRows(logits, target);
        if (transfer.Labelled.Kind == TaskKind.MultiLabel)
            return Losses.MultiLabelSoftLabel(logits, target, options.Temperature);
        Tensor temperature = learnt?.Next() ?? Temperature(logits, target);
        if (options.StandardizeLogits)
            (logits, target) = (Losses.Standardized(logits), Losses.Standardized(target));
        return options.SoftLabelLoss == SoftLabelLoss.Kl ? Losses.SoftLabelKlRows(logits, target, temperature)
            : Losses.DecoupledKlRows(logits, target, TargetClasses(batch, said), temperature, options.TargetWeight, options.NonTargetWeight);
    }

    /// <summary>(batch, 1), or (1, 1): from 1 for even probabilities to the recipe's for a certain class.</summary>
    private Tensor Temperature(Tensor logits, Tensor target)
    {
        if (options.SampleTemperature == SampleTemperature.None)
            return full(1, 1, options.Temperature, device: device);
        Tensor answer = (options.SampleTemperature == SampleTemperature.Teacher ? target : logits).detach().softmax(1);
        double even = 1.0 / answer.shape[1];
        Tensor certainty = (answer.amax([1], keepdim: true) - even) / (1 - even);
        return 1 + certainty * (options.Temperature - 1);
    }

    /// <summary>(batch) The entropy of the student's answers, of mean 1. No gradient flows through it.</summary>
    private static Tensor Uncertainty(Tensor logits)
    {
        Tensor log = nn.functional.log_softmax(logits.detach(), 1);
        Tensor entropy = -(log.exp() * log).sum(1);
        return entropy / entropy.mean().clamp_min(LeastEntropy);
    }

    /// <summary>(batch) The teacher's probability of the label, 1 for a text without one; (batch, classes) the labels, 0 for such a text.</summary>
    private (Tensor, Tensor) Correctness(Tensor target, int[] batch)
    {
        int classes = transfer.Labelled.Labels.Count;
        float[] labels = [.. batch.SelectMany(k => IsLabelled(k) ? transfer.Labelled.TargetRow(k) : new float[classes])];
        Tensor rows = tensor(labels, [batch.Length, classes], device: device);
        Tensor isUnlabelled = tensor(Array.ConvertAll(batch, k => IsLabelled(k) ? 0f : 1f), device: device);
        return ((rows * target.softmax(1)).sum(1) + isUnlabelled, rows);
    }

    /// <summary>(batch) The label, or the teacher's class of a text that has none.</summary>
    private Tensor TargetClasses(int[] batch, LogitTable said) => tensor(
        [.. batch.Select((row, k) => (long)(IsLabelled(row) && !transfer.Labelled.LabelledByTeacher ? transfer.Labelled.ClassOf(row) : said.ArgMax(k)))], device: device);

    /// <summary>Over the labelled texts of the batch; 0 where it has none.</summary>
    private Tensor HardLabel(Tensor logits, int[] batch)
    {
        int[] rows = Enumerable.Range(0, batch.Length).Where(k => IsLabelled(batch[k])).ToArray();
        if (rows.Length == 0)
            return logits.sum() * 0;
        if (rows.Length == batch.Length)
            return _targets.Loss(logits, batch);
        using Tensor labelled = Part(logits, rows);
        return _targets.Loss(labelled, Array.ConvertAll(rows, k => batch[k]));
    }
}
