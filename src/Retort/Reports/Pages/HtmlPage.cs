using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Retort.Reports.Pages;

/// <summary>
/// One page of HTML that needs no other file: it opens offline, in light and dark, on a phone and on paper, and runs no script. Its content is
/// made of elements (<see cref="Html"/>), so that nothing that stands in a text, a class or a path can become markup.
/// </summary>
internal static class HtmlPage
{
    // Should anything slip through all the same, the browser is told to load and run nothing.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    // What HTML closes by itself; every other element needs an end tag, even where it is empty.
    private static readonly string[] Void = ["meta", "br", "col"];

    private const int FewestForContents = 4;

    /// <summary>The page as text; well-formed as XML, too.</summary>
    /// <param name="title">What stands above all.</param>
    /// <param name="lead">Elements between the title and the contents, such as what the whole comes to.</param>
    /// <param name="sections">As made by <see cref="Html.Section"/>; four or more are listed at the top.</param>
    public static string Render(string title, IReadOnlyList<XElement> lead, IReadOnlyList<XElement> sections)
    {
        var body = new XElement("body", new XElement("main", new XElement("header", new XElement("h1", title), lead),
            sections.Count < FewestForContents ? null : Contents(sections), sections));
        var head = new XElement("head",
            new XElement("meta", new XAttribute("charset", "utf-8")),
            new XElement("meta", new XAttribute("http-equiv", "Content-Security-Policy"), new XAttribute("content", Policy)),
            new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
            new XElement("title", title), new XElement("style", $"\n{PageStyle.Css}\n"));
        var html = new XElement("html", new XAttribute("lang", "en"), head, body);
        Clean(html);
        return new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n").Append(Text(head)).Append("\n<body>\n<main>\n")
            .AppendJoin('\n', body.Element("main")!.Elements().Select(Text)).Append("\n</main>\n</body>\n</html>\n").ToString();
    }

    private static XElement Contents(IReadOnlyList<XElement> sections) => new("nav", new XAttribute("aria-label", "Contents"),
        new XElement("ul", sections.Select(section => new XElement("li",
            new XElement("a", new XAttribute("href", $"#{section.Attribute("id")!.Value}"), section.Element("h2")!.Value)))));

    private static string Text(XElement element) => element.ToString(SaveOptions.DisableFormatting);

    /// <summary>Replaces characters that no page may hold, and gives every element an end tag.</summary>
    private static void Clean(XElement html)
    {
        foreach (XElement element in html.DescendantsAndSelf())
        {
            foreach (XAttribute attribute in element.Attributes())
                attribute.Value = Clean(attribute.Value);
            foreach (XText text in element.Nodes().OfType<XText>())
                text.Value = Clean(text.Value);
            if (element.IsEmpty && !Void.Contains(element.Name.LocalName))
                element.Value = "";
        }
    }

    private static string Clean(string text)
    {
        if (text.All(c => XmlConvert.IsXmlChar(c) && c != '\r'))
            return text;
        var clean = new StringBuilder();
        for (int k = 0; k < text.Length; k++)
        {
            if (k + 1 < text.Length && char.IsSurrogatePair(text[k], text[k + 1]))
                clean.Append(text[k]).Append(text[++k]);
            else
                clean.Append(text[k] == '\r' ? ' ' : XmlConvert.IsXmlChar(text[k]) ? text[k] : '\uFFFD');
        }
        return clean.ToString();
    }
}
