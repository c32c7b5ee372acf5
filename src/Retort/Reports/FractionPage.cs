using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Reports.Pages;

namespace Retort.Reports;

/// <summary>What was chosen to distil on, as a page of HTML that needs no other file, or as a part of one.</summary>
public static class FractionPage
{
    private static readonly (string Name, string Style)[] BeforeAndAfter = [("of all texts", "all"), ("of the chosen, as often as they are seen", "s0")];

    /// <summary>Choices, the classes before and after, and of each score the distribution and the texts at its ends.</summary>
    /// <param name="title">What chose, such as the run and its seed.</param>
    /// <param name="choices">One after the other; at least one.</param>
    /// <param name="withTexts">Whether the texts at the ends of a score are shown.</param>
    public static string ToHtml(string title, IReadOnlyList<FractionSummary> choices, bool withTexts = true) => HtmlPage.Render(title, [Choices(choices)],
        [.. choices.Select(choice => Html.Section(Invariant($"choice-{choice.Number}"), Title(choice), Content(choice, withTexts)))]);

    /// <summary>The same as elements of another page.</summary>
    internal static IEnumerable<XElement> Parts(IReadOnlyList<FractionSummary> choices, bool withTexts) =>
        [Choices(choices), .. choices.Select(choice => Html.Details(Title(choice), Content(choice, withTexts)))];

    private static string Title(FractionSummary choice) => Invariant($"From step {choice.Step:N0}: {choice.Chosen:N0} of {choice.Texts:N0} texts");

    private static XElement Choices(IReadOnlyList<FractionSummary> choices) => Html.Table("Choices",
        ["from step", "fraction", "texts", "of", "in the one before"],
        choices.Select(choice => (object?[])
        [
            Figures.Count(choice.Step), Invariant($"{choice.Share:0.###}"), Figures.Count(choice.Chosen), Figures.Count(choice.Texts),
            choice.Overlap is { } share ? Percent(share) : Figures.None,
        ]));

    private static IEnumerable<XElement?> Content(FractionSummary choice, bool withTexts)
    {
        if (choice.Reason is { } reason)
            yield return Html.Paragraph($"The fraction went by {reason.Text(choice.Share)}.");
        if (choice.Classes.Count > 0)
        {
            yield return Bars.Draw("Share of each class", BeforeAndAfter, [.. choice.Classes.Select(one => new BarRow(one.Name, [one.Before, one.After]))], Percent);
        }
        if (choice.Scores.Count == 0)
        {
            yield return Html.Paragraph(choice.Chosen == choice.Texts ? "All texts."
                : "No score says anything of these texts: one that follows the student does so once there is a student to look at.");
        }
        foreach (ScoreSummary score in choice.Scores)
        {
            yield return Distribution(score);
            if (withTexts)
            {
                yield return Texts($"The {score.Highest.Count} highest", score.Highest);
                yield return Texts($"The {score.Lowest.Count} lowest", score.Lowest);
            }
        }
    }

    private static XElement? Distribution(ScoreSummary score) => Chart.Draw(score.Name, new ChartAxis("score") { Low = score.Least, High = score.Most },
        new ChartAxis("share of the texts") { Low = 0, Label = Percent },
        [Parts("all texts", 7, score, score.All), Parts("chosen texts", 0, score, score.Chosen)],
        Invariant($"Scores go from {score.Least:0.####} to {score.Most:0.####}; no chosen text has less than {score.LeastChosen:0.####}."));

    /// <summary>A share stands in the middle of its part of the range.</summary>
    private static ChartSeries Parts(string name, int style, ScoreSummary score, double[] shares) => new(name, style,
        [.. shares.Select((share, k) => new ChartPoint(score.Least + (k + 0.5) / shares.Length * (score.Most - score.Least), share))])
    { IsMarked = false };

    private static XElement Texts(string title, IReadOnlyList<ScoredText> texts) => Html.Details(title, Html.Table(title, ["row", "score", new Column("text", IsText: true)],
        texts.Select(text => (object?[])[Figures.Count(text.Row), Invariant($"{text.Score:0.0000}"), text.Text])));

    private static string Percent(double share) => Invariant($"{100 * share:0.0} %");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
