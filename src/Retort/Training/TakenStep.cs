using System.Globalization;

namespace Retort.Training;

/// <summary>A term at one step.</summary>
/// <param name="Name">The term.</param>
/// <param name="Loss">Its unweighted value.</param>
/// <param name="Weight">What it counted by, learnt factors included.</param>
/// <param name="IsEmpty">Whether nothing of the batch had a part in it.</param>
internal sealed record StepTerm(string Name, double Loss, double Weight, bool IsEmpty);

/// <summary>What is known of a step that was taken.</summary>
/// <param name="Terms">Of the objective.</param>
/// <param name="Gradients">Of its terms, where they were looked at.</param>
/// <param name="Norm">Of the whole gradient, before it was clipped.</param>
/// <param name="Rate">The learning rate, as a factor of its peak.</param>
internal sealed record TakenStep(IReadOnlyList<StepTerm> Terms, IReadOnlyList<TermGradient> Gradients, double Norm, double Rate)
{
    /// <summary>The sums since the last look with this step's values.</summary>
    public IReadOnlyList<TermSum> AddTo(IReadOnlyList<TermSum> sums) =>
    [
        .. Terms.Select(term =>
        {
            TermSum before = sums.FirstOrDefault(sum => sum.Name == term.Name) ?? new TermSum(term.Name, 0, 0);
            return term.IsEmpty ? before : before with { Sum = before.Sum + term.Loss, Count = before.Count + 1 };
        }),
        .. sums.Where(sum => Terms.All(term => term.Name != sum.Name)),
    ];

    /// <summary>The terms as a look shows them.</summary>
    /// <param name="sums">Since the last look, this step included.</param>
    public IReadOnlyList<TermLook> Looks(IReadOnlyList<TermSum> sums) =>
    [
        .. Terms.Select(term =>
        {
            TermGradient? gradient = GradientOf(term);
            TermSum sum = sums.First(one => one.Name == term.Name);
            return new TermLook(term.Name, sum.Count > 0 ? sum.Sum / sum.Count : null, term.Weight, gradient?.Norm, gradient?.Cosine);
        }),
    ];

    /// <summary>The step for TensorBoard, under the names that Hugging Face's trainer gives its scalars.</summary>
    /// <param name="peak">The peak learning rate.</param>
    /// <param name="epoch">Passes made.</param>
    public IEnumerable<(string Name, double Value)> Scalars(double peak, double epoch)
    {
        yield return ("train/loss", Terms.Sum(term => term.Loss * term.Weight));
        yield return ("train/grad_norm", Norm);
        yield return ("train/learning_rate", Rate * peak);
        yield return ("train/epoch", epoch);
        foreach (StepTerm term in Terms.Where(term => !term.IsEmpty))
        {
            yield return ($"loss/{term.Name}", term.Loss);
            yield return ($"weight/{term.Name}", term.Weight);
            if (GradientOf(term) is { } gradient)
            {
                yield return ($"grad_norm/{term.Name}", gradient.Norm);
                yield return ($"cosine/{term.Name}", gradient.Cosine ?? double.NaN);
            }
        }
    }

    /// <summary>The terms in a line.</summary>
    public override string ToString() => string.Join(", ", Terms.Select(Told));

    private string Told(StepTerm term) => Invariant($"{term.Name} {term.Loss:0.0000}") + (GradientOf(term) is not { } gradient ? ""
        : Invariant($" (weight {term.Weight:0.###}, gradient {gradient.Norm:0.####}") + (gradient.Cosine is { } cosine ? Invariant($", cosine {cosine:0.00})") : ")"));

    private TermGradient? GradientOf(StepTerm term) => Gradients.FirstOrDefault(gradient => gradient.Name == term.Name);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
