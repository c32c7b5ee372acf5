using Retort.Training;
using TorchSharp;
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

    /// <summary>
    /// So that all gradients become equally large, and larger for a term that has fallen behind (after Chen et al. 2018, GradNorm, arXiv:1711.02257).
    /// </summary>
    GradientNorm,
}

/// <summary>Changes the weights of the terms; what it learns for that is part of the training alone.</summary>
internal sealed class TermWeighting : nn.Module
{
    /// <summary>How far a weight goes at a step towards what would set its gradient right.</summary>
    private const double Pace = 0.05;

    /// <summary>Of the logarithms of the variances, which have far to go.</summary>
    public const double LearningRate = 0.01;

    // A place for each term that there can be.
    private static readonly string[] Names = [Objective.SoftLabelTerm, "corrected_label", "hard_label", "hidden", "token_hidden", "attention"];

    private readonly TermWeights _kind;
    private readonly Parameter? _logVariances;

    // Of each term what it counts by beside its weight, and its first value; 0: it has had none.
    private readonly Tensor? _factors, _firstValues;

    /// <param name="kind">How.</param>
    /// <param name="device">Where the terms are.</param>
    public TermWeighting(TermWeights kind, Device device) : base(nameof(TermWeighting))
    {
        _kind = kind;
        if (kind == TermWeights.Uncertainty)
            register_parameter("log_variances", _logVariances = new Parameter(zeros(Names.Length, device: device)));
        if (kind != TermWeights.GradientNorm)
            return;
        // On the CPU, where they are read.
        register_buffer("factors", _factors = ones(Names.Length));
        register_buffer("first_values", _firstValues = zeros(Names.Length));
    }

    /// <summary>Whether it has anything that checkpoints must keep.</summary>
    public bool HasState => _kind is TermWeights.Uncertainty or TermWeights.GradientNorm;

    /// <summary>The terms with other weights, in the caller's dispose scope; a learnt variance adds a term of its own.</summary>
    /// <param name="terms">At least one.</param>
    /// <param name="shared">The parameters whose gradients are compared.</param>
    public IReadOnlyList<LossTerm> Of(IReadOnlyList<LossTerm> terms, IReadOnlyList<Tensor> shared) => _kind switch
    {
        TermWeights.Uncertainty => ByVariance(terms),
        TermWeights.GradientCosine when terms.Count > 1 => ByCosine(terms, LossDoctor.Examine(terms, shared)),
        TermWeights.GradientNorm when terms.Count > 1 => ByNorm(terms, LossDoctor.Examine(terms, shared)),
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
    {
        double share = k == 0 ? 1 : Math.Max(0, gradients[k].Cosine ?? 0);
        return term with { Weight = term.Weight * share, Gradient = gradients[k] with { Norm = gradients[k].Norm * share } };
    })];

    // A term's gradient is to be the mean of all, times how much less it has gone down than the others. The factors' sum stays what it was.
    private LossTerm[] ByNorm(IReadOnlyList<LossTerm> terms, IReadOnlyList<TermGradient> gradients)
    {
        using (no_grad())
        {
            int[] known = [.. Enumerable.Range(0, terms.Count).Where(k => !terms[k].IsEmpty && gradients[k].Norm > 0)];
            long[] places = Array.ConvertAll(known, k => (long)Array.IndexOf(Names, terms[k].Name));
            double[] values = Array.ConvertAll(known, k => terms[k].Value.ToDouble());
            double[] factors = Array.ConvertAll(places, place => (double)_factors![place].ToSingle());
            double[] behind = new double[known.Length];
            for (int k = 0; k < known.Length; k++)
            {
                if (_firstValues![places[k]].ToSingle() == 0)
                    _firstValues[places[k]] = (float)values[k];
                behind[k] = values[k] / _firstValues[places[k]].ToSingle();
            }
            if (known.Length > 1 && behind.All(double.IsFinite) && behind.Average() > 0)
            {
                double[] norms = [.. known.Select((k, place) => gradients[k].Norm * factors[place])];
                double[] moved = [.. factors.Select((factor, k) => factor * Math.Pow(norms.Average() * behind[k] / behind.Average() / norms[k], Pace))];
                for (int k = 0; k < known.Length; k++)
                    _factors![places[k]] = (float)(moved[k] * factors.Sum() / moved.Sum());
            }
        }
        return [.. terms.Select(term => term with { Weight = term.Weight * _factors![Array.IndexOf(Names, term.Name)].ToSingle() })];
    }
}
