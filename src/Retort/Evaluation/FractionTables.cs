using System.Globalization;
using System.Text;
using Retort.Fractionation;

namespace Retort.Evaluation;

/// <summary>What is chosen to distil on, for people.</summary>
public static class FractionTables
{
    private const string Bars = " ▁▂▃▄▅▆▇█";

    /// <summary>Choices, classes, and of each score the distribution and the texts at its ends.</summary>
    /// <param name="choices">One after the other; at least one.</param>
    public static string ToText(IReadOnlyList<FractionSummary> choices)
    {
        var text = new StringBuilder(Choices(choices).ToText()).Append('\n');
        if (choices[0].Classes.Count > 0)
            text.Append(Classes(choices).ToText()).Append('\n');
        // Scores that are known before the training are the same for every choice, and only what is chosen differs.
        foreach (ScoreSummary score in choices[0].Scores)
        {
            text.Append(Distribution(score, choices).ToText()).Append('\n');
            AppendTexts(text, $"The highest {score.Name}", score.Highest);
            AppendTexts(text, $"The lowest {score.Name}", score.Lowest);
        }
        return text.ToString();
    }

    private static TextTable Choices(IReadOnlyList<FractionSummary> choices) => new(
        ["from step", "fraction", "texts", "of", "in the one before"],
        [.. choices.Select(choice => (string[])
        [
            Figures.Count(choice.Step), Line($"{choice.Share:0.###}"), Figures.Count(choice.Chosen), Figures.Count(choice.Texts),
            choice.Overlap is { } overlap ? Percent(overlap) : Figures.None,
        ])]);

    private static TextTable Classes(IReadOnlyList<FractionSummary> choices) => new(
        ["class", "of all texts", .. choices.Select(choice => Line($"of what is seen from step {choice.Step} on"))],
        [.. Enumerable.Range(0, choices[0].Classes.Count).Select(k => (string[])
            [choices[0].Classes[k].Name, Percent(choices[0].Classes[k].Before), .. choices.Select(choice => Percent(choice.Classes[k].After))])]);

    private static TextTable Distribution(ScoreSummary score, IReadOnlyList<FractionSummary> choices) => new(
        [score.Name, Line($"{score.Least:0.####} to {score.Most:0.####}"), "lowest chosen"],
        [
            ["all texts", Histogram(score.All), Figures.None],
            .. choices.Select(choice => choice.Scores.First(one => one.Name == score.Name)).Select((one, k) => (string[])
                [Line($"chosen, from step {choices[k].Step} on"), Histogram(one.Chosen), Line($"{one.LeastChosen:0.####}")]),
        ]);

    private static string Histogram(double[] parts) =>
        string.Concat(parts.Select(part => Bars[part == 0 ? 0 : Math.Max(1, (int)Math.Round(part / parts.Max() * (Bars.Length - 1)))]));

    private static void AppendTexts(StringBuilder to, string title, IReadOnlyList<ScoredText> texts)
    {
        to.Append(title).Append(":\n");
        foreach (ScoredText text in texts)
            to.Append(Line($"  {text.Score,8:0.0000}  {text.Text}")).Append('\n');
        to.Append('\n');
    }

    private static string Percent(double share) => Line($"{100 * share:0.0} %");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
