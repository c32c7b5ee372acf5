using System.Xml;
using System.Xml.Linq;

namespace Retort.Tests.Reports;

/// <summary>A page as XML, which it can only be read as where every tag is closed and everything is escaped.</summary>
internal static class PageXml
{
    public static XElement Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader).Root!;
    }

    /// <summary>The parts of a page by their ids.</summary>
    public static Dictionary<string, XElement> Sections(XElement page) =>
        page.Descendants("section").ToDictionary(section => section.Attribute("id")!.Value);

    /// <summary>The body's cells of a table, row by row.</summary>
    public static string[][] Cells(XElement table) =>
        [.. table.Descendants("tbody").First().Elements("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray())];
}
