using Retort.Data;

namespace Retort.Fractionation;

/// <summary>What a choice comes to.</summary>
/// <param name="Number">0 for the first.</param>
/// <param name="Step">The step from which it holds.</param>
/// <param name="Share">The fraction.</param>
/// <param name="Texts">Texts that it was chosen from.</param>
/// <param name="Chosen">Texts that were chosen, in the first pass.</param>
/// <param name="Overlap">Which share of them was in the choice before; null for the first.</param>
/// <param name="Classes">(classes) Empty where texts have several.</param>
/// <param name="Scores">One for each rule; empty while the student's scores say nothing.</param>
public sealed record FractionSummary(int Number, long Step, double Share, int Texts, int Chosen, double? Overlap,
    IReadOnlyList<ClassShare> Classes, IReadOnlyList<ScoreSummary> Scores)
{
    /// <summary>What the fraction went by; null where it is not adaptive, at the first choice, and in a summary of an older version.</summary>
    public AdaptiveReason? Reason { get; init; }

    /// <param name="fraction">The choice.</param>
    /// <param name="before">The texts of the one before it; null: none.</param>
    /// <param name="facts">What is known of the transfer set.</param>
    /// <param name="texts">The transfer set.</param>
    internal static FractionSummary Of(Fraction fraction, IReadOnlySet<int>? before, FractionTexts facts, IReadOnlyList<string> texts)
    {
        double[] after = new double[facts.Names.Count];
        for (int k = 0; k < fraction.Rows.Length && facts.Classes.Length > 0; k++)
            after[facts.Classes[fraction.Rows[k]]] += fraction.Weights[k];
        return new FractionSummary(fraction.Number, fraction.Step, fraction.Share, facts.Count, fraction.Rows.Length,
            before is null ? null : (double)fraction.Rows.Count(before.Contains) / fraction.Rows.Length,
            facts.Classes.Length == 0 ? [] : [.. facts.Names.Select((label, k) => new ClassShare(label, (double)facts.ClassCounts[k] / facts.Count, after[k] / fraction.Rows.Length))],
            [.. fraction.Scores.Select(score => ScoreSummary.Of(score.Key.Name(), score.Value, fraction.Rows, texts))])
        { Reason = fraction.Reason };
    }
}

/// <summary>A class in a choice.</summary>
/// <param name="Name">The class.</param>
/// <param name="Before">Its share of the transfer set.</param>
/// <param name="After">Its share of the chosen texts, each counted as often as it is seen.</param>
public sealed record ClassShare(string Name, double Before, double After);

/// <summary>A text with its score.</summary>
/// <param name="Row">Its place in the transfer set, from 0.</param>
/// <param name="Score">What it has.</param>
/// <param name="Text">Cut where it is long.</param>
public sealed record ScoredText(int Row, double Score, string Text);

/// <summary>How a score is distributed.</summary>
/// <param name="Name">The rule.</param>
/// <param name="Least">The lowest score of all texts.</param>
/// <param name="Most">The highest.</param>
/// <param name="LeastChosen">The lowest score of a chosen text.</param>
/// <param name="All">(20) Share of all texts in each of as many equal parts from the lowest score to the highest.</param>
/// <param name="Chosen">(20) Share of the chosen texts in each.</param>
/// <param name="Highest">The 20 texts with the highest scores.</param>
/// <param name="Lowest">The 20 with the lowest.</param>
public sealed record ScoreSummary(string Name, double Least, double Most, double LeastChosen, double[] All, double[] Chosen,
    IReadOnlyList<ScoredText> Highest, IReadOnlyList<ScoredText> Lowest)
{
    private const int Parts = 20, Shown = 20, LongestText = 120;

    internal static ScoreSummary Of(string name, double[] scores, int[] rows, IReadOnlyList<string> texts)
    {
        double least = scores.Min(), most = scores.Max();
        double[] chosen = Array.ConvertAll(rows, row => scores[row]);
        int[] order = Ranks.Order(scores, seed: 0);
        return new ScoreSummary(name, least, most, chosen.Min(), Histogram(scores, least, most), Histogram(chosen, least, most),
            [.. order.Reverse().Take(Shown).Select(Text)], [.. order.Take(Shown).Select(Text)]);

        ScoredText Text(int row) => new(row, scores[row], Excerpt.Of(texts[row], LongestText));
    }

    private static double[] Histogram(double[] scores, double least, double most)
    {
        double[] parts = new double[Parts];
        foreach (double score in scores)
            parts[most > least ? Math.Min(Parts - 1, (int)((score - least) / (most - least) * Parts)) : 0] += 1.0 / scores.Length;
        return parts;
    }
}
