using System.Globalization;
using System.Net;
using System.Text;
using Retort.Fractionation;

namespace Retort.Evaluation;

/// <summary>What was chosen to distil on, as a page of HTML that needs no other file.</summary>
public static class FractionPage
{
    private const int BarWidth = 20, PlotHeight = 110, LeftEdge = 60, RowHeight = 22, LabelWidth = 160, ClassWidth = 420;

    private const string Style = """
        :root { color-scheme: light dark; --ink: #1f2328; --faint: #6b7280; --line: #d7dbe0; --all: #b9c0c8; --chosen: #1b6ca8; --paper: #ffffff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --faint: #9aa3ad; --line: #3a414a; --all: #5b6570; --chosen: #6cb2e6; --paper: #14181d; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; border-top: 1px solid var(--line); padding-top: 1rem; } h3 { font-size: 1rem; margin-bottom: .3rem; }
        table { border-collapse: collapse; } th, td { text-align: right; padding: .15rem .8rem .15rem 0; font-variant-numeric: tabular-nums; } th { color: var(--faint); font-weight: 500; }
        td.text, th.text { text-align: left; overflow-wrap: anywhere; font-size: 13px; } p, figcaption { color: var(--faint); } figure { margin: .5rem 0; }
        svg { max-width: 100%; height: auto; } svg text { fill: var(--faint); font: 12px system-ui, sans-serif; } .all { fill: var(--all); } .chosen { fill: var(--chosen); }
        .axis { stroke: var(--line); } .outline { fill: none; stroke: var(--chosen); stroke-width: 2; } details { margin: .3rem 0; } summary { cursor: pointer; }
        """;

    /// <summary>Choices, the classes before and after, and of each score the distribution and the texts at its ends.</summary>
    /// <param name="title">What chose, such as the run and its seed.</param>
    /// <param name="choices">One after the other; at least one.</param>
    public static string ToHtml(string title, IReadOnlyList<FractionSummary> choices)
    {
        var html = new StringBuilder();
        html.Append($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{Escape(title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n");
        html.Append($"<h1>{Escape(title)}</h1>\n");
        AppendChoices(html, choices);
        foreach (FractionSummary choice in choices)
        {
            html.Append(Invariant($"<h2 id=\"choice-{choice.Number}\">From step {choice.Step:N0}: {choice.Chosen:N0} of {choice.Texts:N0} texts</h2>\n"));
            if (choice.Classes.Count > 0)
                AppendClasses(html, choice.Classes);
            if (choice.Scores.Count == 0)
                html.Append(choice.Chosen == choice.Texts ? "<p>All texts.</p>\n" : "<p>No score says anything of these texts: one that follows the student does so once there is a student to look at.</p>\n");
            foreach (ScoreSummary score in choice.Scores)
                AppendScore(html, score);
        }
        return html.Append("</body>\n</html>\n").ToString();
    }

    private static void AppendChoices(StringBuilder html, IReadOnlyList<FractionSummary> choices)
    {
        html.Append("<table>\n<tr><th>from step</th><th>fraction</th><th>texts</th><th>of</th><th>in the one before</th></tr>\n");
        foreach (FractionSummary choice in choices)
        {
            string overlap = choice.Overlap is { } share ? Percent(share) : Figures.None;
            html.Append(Invariant($"<tr><td><a href=\"#choice-{choice.Number}\">{choice.Step:N0}</a></td><td>{choice.Share:0.###}</td><td>{choice.Chosen:N0}</td><td>{choice.Texts:N0}</td><td>{overlap}</td></tr>\n"));
        }
        html.Append("</table>\n");
    }

    private static void AppendClasses(StringBuilder html, IReadOnlyList<ClassShare> classes)
    {
        double most = classes.Max(one => Math.Max(one.Before, one.After));
        int bars = ClassWidth - 70;
        html.Append(Invariant($"<figure><svg width=\"{LabelWidth + ClassWidth}\" height=\"{classes.Count * 2 * RowHeight}\" viewBox=\"0 0 {LabelWidth + ClassWidth} {classes.Count * 2 * RowHeight}\" role=\"img\" aria-label=\"Share of each class\">\n"));
        for (int k = 0; k < classes.Count; k++)
        {
            int y = k * 2 * RowHeight;
            html.Append(Invariant($"<text x=\"{LabelWidth - 10}\" y=\"{y + 24}\" text-anchor=\"end\">{Escape(Excerpt(classes[k].Name))}</text>\n"));
            foreach ((double share, string style, int at) in new[] { (classes[k].Before, "all", y + 4), (classes[k].After, "chosen", y + 20) })
            {
                double width = share / most * bars;
                html.Append(Invariant($"<rect class=\"{style}\" x=\"{LabelWidth}\" y=\"{at}\" width=\"{width:0.#}\" height=\"14\"/><text x=\"{LabelWidth + width + 6:0.#}\" y=\"{at + 11}\">{Percent(share)}</text>\n"));
            }
        }
        html.Append("</svg><figcaption>Share of each class: above of all texts, below of what the student sees.</figcaption></figure>\n");
    }

    private static void AppendScore(StringBuilder html, ScoreSummary score)
    {
        double most = Math.Max(score.All.Max(), score.Chosen.Max());
        int width = LeftEdge + score.All.Length * BarWidth + 20, bottom = PlotHeight + 10;
        html.Append(Invariant($"<h3>{Escape(score.Name)}</h3>\n<figure><svg width=\"{width}\" height=\"{bottom + 24}\" viewBox=\"0 0 {width} {bottom + 24}\" role=\"img\" aria-label=\"Distribution of {Escape(score.Name)}\">\n"));
        html.Append(Invariant($"<line class=\"axis\" x1=\"{LeftEdge}\" y1=\"{bottom}\" x2=\"{width - 20}\" y2=\"{bottom}\"/><text x=\"{LeftEdge - 6}\" y=\"20\" text-anchor=\"end\">{Percent(most)}</text><text x=\"{LeftEdge - 6}\" y=\"{bottom}\" text-anchor=\"end\">0</text>\n"));
        for (int k = 0; k < score.All.Length; k++)
        {
            double height = score.All[k] / most * PlotHeight;
            html.Append(Invariant($"<rect class=\"all\" x=\"{LeftEdge + k * BarWidth + 1}\" y=\"{bottom - height:0.##}\" width=\"{BarWidth - 2}\" height=\"{height:0.##}\"/>\n"));
        }
        string outline = string.Join(' ', score.Chosen.Select((share, k) => Invariant(
            $"{(k == 0 ? Invariant($"M{LeftEdge} {bottom}") : "")}V{bottom - share / most * PlotHeight:0.##}H{LeftEdge + (k + 1) * BarWidth}"))) + Invariant($"V{bottom}");
        html.Append($"<path class=\"outline\" d=\"{outline}\"/>\n");
        html.Append(Invariant($"<text x=\"{LeftEdge}\" y=\"{bottom + 17}\">{score.Least:0.####}</text><text x=\"{width - 20}\" y=\"{bottom + 17}\" text-anchor=\"end\">{score.Most:0.####}</text>\n</svg>"));
        html.Append(Invariant($"<figcaption>Share of the texts by score: grey of all, the line of the chosen, none of which has less than {score.LeastChosen:0.####}.</figcaption></figure>\n"));
        AppendTexts(html, $"The {score.Highest.Count} highest", score.Highest);
        AppendTexts(html, $"The {score.Lowest.Count} lowest", score.Lowest);
    }

    private static void AppendTexts(StringBuilder html, string title, IReadOnlyList<ScoredText> texts)
    {
        html.Append($"<details><summary>{title}</summary>\n<table>\n<tr><th>row</th><th>score</th><th class=\"text\">text</th></tr>\n");
        foreach (ScoredText text in texts)
            html.Append(Invariant($"<tr><td>{text.Row}</td><td>{text.Score:0.0000}</td><td class=\"text\">{Escape(text.Text)}</td></tr>\n"));
        html.Append("</table>\n</details>\n");
    }

    private static string Excerpt(string name) => name.Length <= 22 ? name : name[..21] + "…";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Percent(double share) => Invariant($"{100 * share:0.0} %");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
