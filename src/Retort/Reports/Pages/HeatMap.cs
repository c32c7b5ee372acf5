using System.Globalization;
using System.Xml.Linq;

namespace Retort.Reports.Pages;

/// <summary>
/// A table whose cells are the darker the more they hold: what is taken for what. A table, and no drawing: it can be read aloud, searched and copied, and its
/// labels cannot run into each other.
/// </summary>
internal static class HeatMap
{
    // From here on the ground is nearer to the colour than to the paper.
    private const double Strong = 0.5;

    /// <param name="label">What it shows.</param>
    /// <param name="corner">What rows and columns are.</param>
    /// <param name="rows">Names of the rows.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="cell">What stands in a cell, and how dark it is, 0 to 1.</param>
    public static XElement Draw(string label, string corner, IReadOnlyList<string> rows, IReadOnlyList<string> columns, Func<int, int, (string Text, double Share)> cell) => Html.Scroll(label,
        new XElement("table", new XAttribute("class", "heat"), new XElement("caption", label),
            new XElement("thead", new XElement("tr", new XElement("th", new XAttribute("scope", "col"), corner),
                columns.Select(name => new XElement("th", new XAttribute("scope", "col"), new XAttribute("dir", "auto"), name)))),
            new XElement("tbody", rows.Select((name, row) => new XElement("tr", new XElement("th", new XAttribute("scope", "row"), new XAttribute("dir", "auto"), name),
                columns.Select((_, column) => Cell(cell(row, column))))))));

    private static XElement Cell((string Text, double Share) cell) => new("td", new XAttribute("style", string.Create(CultureInfo.InvariantCulture, $"--share:{cell.Share:0.###}")),
        cell.Share >= Strong ? new XAttribute("class", "strong") : null, cell.Text);
}
