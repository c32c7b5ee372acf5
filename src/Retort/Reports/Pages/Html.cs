using System.Xml.Linq;
using Retort.Evaluation;

namespace Retort.Reports.Pages;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its head.</param>
/// <param name="IsText">Words, which break and stand left, and not figures.</param>
internal readonly record struct Column(string Title, bool IsText = false)
{
    public static implicit operator Column(string title) => new(title);
}

/// <summary>The elements that pages are made of. Content is text, elements or lists of them; text is escaped where the page is written.</summary>
internal static class Html
{
    /// <summary>A part of a page with a title that the contents list.</summary>
    /// <param name="id">What a link to it says behind #.</param>
    /// <param name="title">Its title.</param>
    /// <param name="content">What stands below.</param>
    public static XElement Section(string id, string title, params object?[] content) =>
        new("section", new XAttribute("id", id), new XElement("h2", title), content);

    public static XElement Heading(string title) => new("h3", title);

    public static XElement Paragraph(params object?[] content) => new("p", content);

    /// <summary>A paragraph that explains.</summary>
    public static XElement Faint(params object?[] content) => new("p", new XAttribute("class", "faint"), content);

    /// <summary>A paragraph that must not be overlooked.</summary>
    public static XElement Notice(params object?[] content) => new("p", new XAttribute("class", "notice"), content);

    public static XElement Code(string text) => new("code", text);

    /// <summary>Lines of a shell or a file.</summary>
    public static XElement Lines(string text) => new("pre", text);

    /// <summary>What is shown on demand.</summary>
    public static XElement Details(string summary, params object?[] content) => new("details", new XElement("summary", summary), content);

    /// <summary>Charts side by side where there is room.</summary>
    public static XElement Charts(params object?[] figures) => new("div", new XAttribute("class", "charts"), figures);

    /// <summary>A cell or word that is coloured by whether it is better or worse; what is neither is left as it is.</summary>
    public static object Signed(string text, double? difference) => difference is null or 0 ? text
        : new XElement("span", new XAttribute("class", difference > 0 ? "good" : "bad"), text);

    /// <summary>A table of figures whose first column names the row.</summary>
    public static XElement Table(string label, TextTable table) => Table(label, [.. table.Header.Select(title => (Column)title)], table.Rows);

    /// <summary>A table in a box of its own, which scrolls where it is too wide.</summary>
    /// <param name="label">What it shows, for those who do not see it.</param>
    /// <param name="columns">The first one names the row.</param>
    /// <param name="rows">Each with as many cells as there are columns: text or elements; null: an empty cell.</param>
    public static XElement Table(string label, IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<object?>> rows) => Scroll(label, new XElement("table",
        new XElement("thead", new XElement("tr", columns.Select((column, k) => new XElement("th", new XAttribute("scope", "col"), Class(column, k), column.Title)))),
        new XElement("tbody", rows.Select(row => new XElement("tr", row.Select((cell, k) => k == 0
            ? new XElement("th", new XAttribute("scope", "row"), new XAttribute("dir", "auto"), cell)
            : new XElement("td", Class(columns[k], k), columns[k].IsText ? new XAttribute("dir", "auto") : null, cell)))))));

    /// <summary>A box that can be scrolled with the keyboard, too.</summary>
    public static XElement Scroll(string label, XElement content) => new("div", new XAttribute("class", "scroll"), new XAttribute("role", "region"),
        new XAttribute("aria-label", label), new XAttribute("tabindex", "0"), content);

    private static XAttribute? Class(Column column, int index) => index == 0 ? null : new XAttribute("class", column.IsText ? "text" : "number");
}
