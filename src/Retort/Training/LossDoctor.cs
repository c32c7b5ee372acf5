using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>What a term does to the parameters that all terms share.</summary>
/// <param name="Name">The term.</param>
/// <param name="Norm">Of its gradient, by its weight.</param>
/// <param name="Cosine">Of its gradient to that of the first term; null for the first, and where one of the two is 0.</param>
public sealed record TermGradient(string Name, double Norm, double? Cosine);

/// <summary>Looks at the gradients of the terms, and says once in a training what is wrong with one.</summary>
internal sealed class LossDoctor
{
    /// <summary>Less than this share of all gradients does nothing.</summary>
    private const double Dead = 1e-3;

    /// <summary>More than so many times all others together leaves these nothing to say.</summary>
    private const double Dominant = 10;

    /// <summary>A mean cosine below this works against the first term.</summary>
    private const double Against = -0.1;

    /// <summary>Cosines of one batch say little: the mean is of so many looks.</summary>
    private const int Looks = 3;

    private readonly Dictionary<string, Queue<double>> _cosines = [];
    private readonly HashSet<string> _told = [];

    /// <summary>The gradients of the terms, before they are added up.</summary>
    /// <param name="terms">At least one.</param>
    /// <param name="shared">Dense parameters that every term depends on.</param>
    public static IReadOnlyList<TermGradient> Examine(IReadOnlyList<LossTerm> terms, IReadOnlyList<Tensor> shared)
    {
        using var scope = NewDisposeScope();
        Tensor[] gradients = [.. terms.Select(term => Gradient(term, shared))];
        double[] norms = [.. gradients.Select(gradient => gradient.norm().ToDouble())];
        return [.. terms.Select((term, k) => new TermGradient(term.Name, norms[k],
            k == 0 || norms[0] == 0 || norms[k] == 0 ? null : gradients[0].dot(gradients[k]).ToDouble() / norms[0] / norms[k]))];
    }

    /// <summary>What has to be said after a look; nothing is said twice.</summary>
    public IReadOnlyList<string> Advise(IReadOnlyList<TermGradient> terms)
    {
        var advice = new List<string>();
        double all = terms.Sum(term => term.Norm);
        foreach (TermGradient term in terms)
        {
            double others = all - term.Norm;
            if (term.Norm < Dead * all && _told.Add($"dead {term.Name}"))
                advice.Add(Line($"the term {term.Name} is dead: its gradient is {term.Norm / all:0.#####} of all gradients; raise its weight, or leave it out"));
            if (others > 0 && term.Norm > Dominant * others && _told.Add($"dominant {term.Name}"))
                advice.Add(Line($"the term {term.Name} dominates: its gradient is {term.Norm / others:0.#} times that of all others together; lower its weight, or raise theirs"));
            if (MeanCosine(term) is { } cosine and < Against && _told.Add($"against {term.Name}"))
                advice.Add(Line($"the term {term.Name} works against {terms[0].Name}: the cosine of their gradients was {cosine:0.00} in the mean of {Looks} looks; lower its weight, or leave it out"));
        }
        return advice;
    }

    /// <summary>Over the last looks; null while there are too few.</summary>
    private double? MeanCosine(TermGradient term)
    {
        if (term.Cosine is not { } cosine)
            return null;
        if (!_cosines.TryGetValue(term.Name, out Queue<double>? last))
            _cosines.Add(term.Name, last = new Queue<double>());
        last.Enqueue(cosine);
        if (last.Count > Looks)
            last.Dequeue();
        return last.Count == Looks ? last.Average() : null;
    }

    private static Tensor Gradient(LossTerm term, IReadOnlyList<Tensor> shared)
    {
        IList<Tensor> parts = autograd.grad([term.Weight * term.Value], [.. shared], retain_graph: true, allow_unused: true);
        return cat([.. parts.Select((part, k) => part is null || part.IsInvalid ? zeros_like(shared[k]).flatten() : part.flatten())], 0);
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
