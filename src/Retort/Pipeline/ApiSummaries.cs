using System.Text;
using System.Xml;
using System.Xml.Linq;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>Reads the sentences that document an API from the XML files that compilers write.</summary>
internal static class ApiSummaries
{
    private const long LargestFile = 64 << 20;
    private static readonly string[] Blocks = ["para", "p", "br", "div", "list", "listheader", "item", "term", "description"];
    private static readonly string[] Abbreviations = ["e.g.", "i.e.", "etc.", "vs.", "cf.", "approx."];

    /// <summary>The first sentence of the summary of each member that is wanted, in the file's order; none is empty.</summary>
    /// <exception cref="RetortException">The file is no documentation file, or larger than 64 MiB.</exception>
    public static List<(string Member, string Sentence)> Read(string path, Predicate<string> wanted)
    {
        if (new FileInfo(path).Length > LargestFile)
            throw new RetortException($"{path} is larger than {LargestFile} bytes: no documentation file of an SDK is");
        var sentences = new List<(string, string)>();
        try
        {
            using XmlReader reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            while (reader.ReadToFollowing("member"))
            {
                if (reader.GetAttribute("name") is not { } member || !wanted(member))
                    continue;
                using XmlReader subtree = reader.ReadSubtree();
                string sentence = FirstSentence(Text(XElement.Load(subtree, LoadOptions.PreserveWhitespace).Element("summary")));
                if (sentence.Length > 0)
                    sentences.Add((member, sentence));
            }
        }
        catch (XmlException error)
        {
            throw new RetortException($"{path} cannot be read as XML ({error.Message}); repair the .NET SDK", error);
        }
        return sentences;
    }

    /// <summary>An element's text as a reader sees it: references by name, blanks folded, no markup.</summary>
    public static string Text(XElement? element)
    {
        var text = new StringBuilder();
        if (element is not null)
            Append(text, element);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The text up to the first full stop, question or exclamation mark that a capital or the end follows.</summary>
    public static string FirstSentence(string text)
    {
        for (int k = 0; k < text.Length - 2; k++)
        {
            if (text[k] is '.' or '!' or '?' && text[k + 1] == ' ' && !char.IsLower(text[k + 2])
                && !Array.Exists(Abbreviations, one => text.AsSpan(0, k + 1).EndsWith(one, StringComparison.OrdinalIgnoreCase)))
                return text[..(k + 1)];
        }
        return text;
    }

    private static void Append(StringBuilder text, XContainer parent)
    {
        foreach (XNode node in parent.Nodes())
        {
            if (node is XText plain)
                text.Append(plain.Value);
            else if (node is XElement element)
                Append(text, element);
        }
    }

    private static void Append(StringBuilder text, XElement element)
    {
        string name = element.Name.LocalName;
        if (Array.IndexOf(Blocks, name) >= 0)
            text.Append(' ');
        if (element.Nodes().Any())
            Append(text, (XContainer)element);
        else if (name is "paramref" or "typeparamref")
            text.Append(element.Attribute("name")?.Value);
        else if (element.Attribute("cref") is { } reference)
            text.Append(ReadableName(reference.Value));
        else
            text.Append(element.Attribute("langword")?.Value ?? element.Attribute("href")?.Value);
        if (Array.IndexOf(Blocks, name) >= 0)
            text.Append(' ');
    }

    /// <summary>
    /// A documentation id as people write it: <c>T:System.Collections.Generic.List`1</c> is List,
    /// <c>M:System.String.Join(System.String,System.String[])</c> is String.Join, a constructor its type.
    /// </summary>
    public static string ReadableName(string id)
    {
        bool isType = id.StartsWith("T:", StringComparison.Ordinal) || id.StartsWith("N:", StringComparison.Ordinal);
        string path = id.Length > 2 && id[1] == ':' ? id[2..] : id;
        int end = path.AsSpan().IndexOfAny('(', '~');
        string[] parts = (end < 0 ? path : path[..end]).Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
            return "";
        string last = WithoutArity(parts[^1]);
        if (isType || parts.Length == 1)
            return last;
        string type = WithoutArity(parts[^2]);
        return last is "#ctor" or "#cctor" ? type : $"{type}.{last}";
    }

    private static string WithoutArity(string name)
    {
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? name : name[..tick];
    }
}
