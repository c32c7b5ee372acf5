using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>What <c>retort tune</c> found of the run's recipe.</summary>
internal static class TuningSection
{
    /// <summary>Null where no study stands in the run's folder.</summary>
    public static XElement? Of(RunFiles run) => run.Study is not { Verdict: { } verdict } study ? null : Html.Section("tuning", "Tuning", Html.Paragraph(verdict),
        study.Map is null ? null : new[] { Map(study.Map), Html.Faint("Mean score on dev, the darker the better; –: no trial.") }, study.Importance.Count == 0 ? null : Shares(study.Importance),
        Html.Faint("A study of this run's recipe, in its folder tuning/: study.html there has every trial. This run has the settings below, be they the study's or not."));

    /// <summary>The better a cell the darker it is.</summary>
    public static XElement Map(StudyMap map)
    {
        double[] known = [.. map.Means.SelectMany(row => row).OfType<double>()];
        double low = known.Min(), high = known.Max();
        return HeatMap.Draw("Mean score on dev, the darker the better; –: no trial", $"{Leaf(map.Rows)} \\ {Leaf(map.Columns)}", map.RowValues, map.ColumnValues,
            (r, c) => map.Means[r][c] is { } mean ? (Figures.Share(mean), high > low ? (mean - low) / (high - low) : 0.5) : (Figures.None, 0));
    }

    /// <summary>How much each key matters.</summary>
    public static XElement Shares(IEnumerable<KeyShare> shares) => Bars.Draw("Share of the variance between trials", [("share", "s0")],
        [.. shares.Select(one => new BarRow(Leaf(one.Key), [one.Share]))], share => share.ToString("0%", CultureInfo.InvariantCulture),
        "How much of the variance of the scores the means at each value of a key account for (η²). Keys act together and trainings differ by chance, so shares need not add up to 1.");

    /// <summary>A key without its section.</summary>
    public static string Leaf(string key) => key[(key.LastIndexOf('.') + 1)..];
}
