using System.Xml.Linq;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tests.Pipeline;

public sealed class ApiSummariesTests
{
    [Theory]
    [InlineData("Gets the <see cref=\"T:System.Xml.XmlReader\" />.", "Gets the XmlReader.")]
    [InlineData("A <see cref=\"T:System.Collections.Generic.List`1\"/> <see langword=\"null\"/>.", "A List null.")]
    [InlineData("Calls <see cref=\"M:System.String.Join``1(System.String,System.Object[])\"/>.", "Calls String.Join.")]
    [InlineData("Calls <see cref=\"M:System.Uri.#ctor(System.String)\"/>.", "Calls Uri.")]
    [InlineData("If <paramref name=\"value\"/> is <typeparamref name=\"T\"/>.", "If value is T.")]
    [InlineData("Says <see cref=\"T:System.Int32\">a number</see>, <c>x</c> and <see href=\"https://example.org\"/>.",
        "Says a number, x and https://example.org.")]
    [InlineData("\n  One\n  <para>two</para>three <list><item>four</item><item>five</item></list>", "One two three four five")]
    public void A_summary_is_rendered_as_it_is_read(string summary, string text) =>
        Assert.Equal(text, ApiSummaries.Text(XElement.Parse($"<summary>{summary}</summary>", LoadOptions.PreserveWhitespace)));

    [Theory]
    [InlineData("Reads a line. Throws at the end.", "Reads a line.")]
    [InlineData("Reads, e.g. A line. Then stops.", "Reads, e.g. A line.")]
    [InlineData("Uses String.Join and 3.5 of it. 4 more.", "Uses String.Join and 3.5 of it.")]
    [InlineData("Reads a line. (See also the rest.)", "Reads a line.")]
    [InlineData("Reads a line. or two", "Reads a line. or two")]
    [InlineData("No end", "No end")]
    [InlineData("", "")]
    public void The_first_sentence_ends_at_a_stop_before_a_capital(string text, string sentence) =>
        Assert.Equal(sentence, ApiSummaries.FirstSentence(text));

    [Fact]
    public void Only_wanted_members_with_a_summary_are_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("A.xml", """
            <?xml version="1.0"?>
            <doc><assembly><name>A</name></assembly><members>
            <member name="T:A.One"><summary>The first type.</summary><remarks>More.</remarks></member>
            <member name="T:B.Two"><summary>The second type.</summary></member>
            <member name="M:A.One.Run"><returns>Nothing.</returns></member><member name="M:A.One.Go"><summary>Goes on. And on.</summary></member>
            </members></doc>
            """);

        List<(string, string)> read = ApiSummaries.Read(path, member => member.AsSpan(2).StartsWith("A.", StringComparison.Ordinal));

        Assert.Equal([("T:A.One", "The first type."), ("M:A.One.Go", "Goes on.")], read);
    }

    [Theory]
    [InlineData("<doc><member name='T:A.B'><summary>Cut sho")]
    [InlineData("<!DOCTYPE doc [<!ENTITY a 'b'>]><doc>&a;</doc>")]
    public void What_is_not_plain_xml_is_refused_by_name(string content)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("A.xml", content);

        var error = Assert.Throws<RetortException>(() => ApiSummaries.Read(path, _ => true));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }
}
