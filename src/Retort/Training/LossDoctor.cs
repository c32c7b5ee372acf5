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

    /// <summary>One batch says little: what is judged is the mean of so many looks.</summary>
    private const int Looks = 3;

    private readonly Queue<IReadOnlyList<TermGradient>> _looks = [];
    private readonly HashSet<string> _told = [];

    /// <summary>The gradients of the terms, before they are added up.</summary>
    /// <param name="terms">At least one.</param>
    /// <param name="shared">Dense parameters that every term depends on.</param>
    public static IReadOnlyList<TermGradient> Examine(IReadOnlyList<LossTerm> terms, IReadOnlyList<Tensor> shared)
    {
        if (terms.All(term => term.Gradient is not null))
            return [.. terms.Select(term => term.Gradient!)];
        using var scope = NewDisposeScope();
        Tensor[] gradients = [.. terms.Select(term => Gradient(term, shared))];
        double[] norms = [.. gradients.Select(gradient => gradient.norm().ToDouble())];
        return [.. terms.Select((term, k) => new TermGradient(term.Name, norms[k],
            k == 0 || norms[0] == 0 || norms[k] == 0 ? null : gradients[0].dot(gradients[k]).ToDouble() / norms[0] / norms[k]))];
    }

    /// <summary>As it was after these looks, so that a resumed training is told the same as an uninterrupted one.</summary>
    public static LossDoctor After(IReadOnlyList<Look> history)
    {
        var doctor = new LossDoctor();
        foreach (Look look in history)
        {
            TermGradient[] gradients = [.. look.Terms.Where(term => term.GradientNorm is not null).Select(term => new TermGradient(term.Name, term.GradientNorm!.Value, term.Cosine))];
            if (gradients.Length > 0)
                doctor.Advise(gradients);
            doctor.Once(look.Advice);
        }
        return doctor;
    }

    /// <summary>Of what a trainee has to say, the lines that it has not said yet.</summary>
    public IReadOnlyList<string> Once(IReadOnlyList<string> lines) => [.. lines.Where(_told.Add)];

    /// <summary>What has to be said after a look, by the mean of the last three; nothing is said twice.</summary>
    /// <param name="terms">Looks at other terms than those before begin anew.</param>
    public IReadOnlyList<string> Advise(IReadOnlyList<TermGradient> terms)
    {
        if (_looks.TryPeek(out IReadOnlyList<TermGradient>? before) && !before.Select(term => term.Name).SequenceEqual(terms.Select(term => term.Name)))
            _looks.Clear();
        _looks.Enqueue(terms);
        if (_looks.Count > Looks)
            _looks.Dequeue();
        if (_looks.Count < Looks)
            return [];
        var advice = new List<string>();
        double[] norms = [.. terms.Select((_, k) => _looks.Average(look => look[k].Norm))];
        for (int k = 0; k < terms.Count; k++)
        {
            (string name, double all) = (terms[k].Name, norms.Sum());
            double others = all - norms[k];
            if (norms[k] < Dead * all && _told.Add($"dead {name}"))
                advice.Add(Line($"the term {name} is dead: its gradient is {norms[k] / all:0.#####} of all gradients; raise its weight, or leave it out"));
            if (others > 0 && norms[k] > Dominant * others && _told.Add($"dominant {name}"))
                advice.Add(Line($"the term {name} dominates: its gradient is {norms[k] / others:0.#} times that of all others together; lower its weight, or raise theirs"));
            // The mean of what there is; null where a term has had no gradient.
            if (_looks.Average(look => look[k].Cosine) is { } cosine and < Against && _told.Add($"against {name}"))
                advice.Add(Line($"the term {name} works against {terms[0].Name}: the cosine of their gradients is {cosine:0.00}; lower its weight, or leave it out"));
        }
        return advice;
    }

    private static Tensor Gradient(LossTerm term, IReadOnlyList<Tensor> shared)
    {
        IList<Tensor> parts = autograd.grad([term.Weighted()], [.. shared], retain_graph: true, allow_unused: true);
        return cat([.. parts.Select((part, k) => part is null || part.IsInvalid ? zeros_like(shared[k]).flatten() : part.flatten())], 0);
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
