using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Distillation;

/// <summary>How the weights of the terms are changed in training.</summary>
public enum TermWeights
{
    /// <summary>They stay as they are.</summary>
    Fixed,

    /// <summary>Each term by 1 / its variance, which is learnt (Kendall, Gal and Cipolla 2018, arXiv:1705.07115).</summary>
    Uncertainty,

    /// <summary>
    /// Each term after the first by the cosine of its gradient to that of the first, and not at all below 0 (Du et al. 2018, arXiv:1812.02224).
    /// </summary>
    GradientCosine,
}

/// <summary>Changes the weights of the terms; what it learns for that is part of the training alone.</summary>
internal sealed class TermWeighting : nn.Module
{
    /// <summary>Of the logarithms of the variances, which have far to go.</summary>
    public const double LearningRate = 0.01;

    // A place for each term that there can be.
    private static readonly string[] Names = [Objective.SoftLabelTerm, "corrected_label", "hard_label", "hidden"];

    private readonly TermWeights _kind;
    private readonly Parameter? _logVariances;

    /// <param name="kind">How.</param>
    /// <param name="device">Where the terms are.</param>
    public TermWeighting(TermWeights kind, Device device) : base(nameof(TermWeighting))
    {
        _kind = kind;
        if (kind == TermWeights.Uncertainty)
            register_parameter("log_variances", _logVariances = new Parameter(zeros(Names.Length, device: device)));
    }

    /// <summary>The terms with other weights, in the caller's dispose scope; a learnt variance adds a term of its own.</summary>
    /// <param name="terms">At least one.</param>
    /// <param name="shared">The parameters whose gradients are compared.</param>
    public IReadOnlyList<LossTerm> Of(IReadOnlyList<LossTerm> terms, IReadOnlyList<Tensor> shared) => _kind switch
    {
        TermWeights.Uncertainty => ByVariance(terms),
        TermWeights.GradientCosine when terms.Count > 1 => ByCosine(terms, LossDoctor.Examine(terms, shared)),
        _ => terms,
    };

    // weight · (exp(−s) · term + s), with s the logarithm of its variance: without the second part a variance would grow without end. A batch in which
    // nothing has a part in a term says nothing of its variance.
    private IReadOnlyList<LossTerm> ByVariance(IReadOnlyList<LossTerm> terms)
    {
        LossTerm[] known = [.. terms.Where(term => !term.IsEmpty)];
        if (known.Length == 0)
            return terms;
        long[] places = [.. known.Select(term => (long)Array.IndexOf(Names, term.Name))];
        Tensor own = _logVariances!.index_select(0, tensor(places, device: _logVariances.device));
        Tensor weights = tensor([.. known.Select(term => (float)term.Weight)], device: _logVariances.device);
        return
        [
            .. known.Select((term, k) => term with { Factor = (-own[k]).exp() }),
            .. terms.Where(term => term.IsEmpty),
            new LossTerm("log_variance", 1, (weights * own).sum()) { IsRegularizer = true },
        ];
    }

    private static LossTerm[] ByCosine(IReadOnlyList<LossTerm> terms, IReadOnlyList<TermGradient> gradients) => [.. terms.Select((term, k) =>
        term with { Weight = k == 0 ? term.Weight : term.Weight * Math.Max(0, gradients[k].Cosine ?? 0), Gradient = gradients[k] })];
}
