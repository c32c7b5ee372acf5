using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tests.Pipeline;

public sealed class DemoCorpusTests : IDisposable
{
    private static readonly string[] Files = ["train.tsv", "dev.tsv", "test.tsv", "transfer.tsv", "labels.txt"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_installed_sdk_gives_a_dozen_areas_split_without_overlap()
    {
        string folder = _folder["demo"];

        DemoCorpusResult result = DemoCorpus.Write(folder, new DemoOptions { Rows = 2000 },
            TestContext.Current.CancellationToken);

        Assert.InRange(result.Labels.Count, 12, 16);
        Assert.Equal((1400, 200, 400), (result.Train, result.Dev, result.Test));
        Assert.True(result.Transfer > 10_000);
        Assert.Equal(result.Labels, File.ReadAllLines(Path.Combine(folder, "labels.txt")));
        string[][] rows = Files[..3].SelectMany(name => Rows(folder, name)).ToArray();
        Assert.Equal(2000, rows.Length);
        Assert.All(rows, row => Assert.Contains(row[1], result.Labels));
        Assert.Equal(result.Labels, rows.Select(row => row[1]).Distinct().Order(StringComparer.Ordinal));
        string[] texts = [.. rows.Select(row => row[0]), .. Rows(folder, "transfer.tsv").Select(row => row[0])];
        Assert.Equal(texts.Length, texts.Select(text => text.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant())
            .Distinct().Count());
        Assert.All(texts, text => Assert.DoesNotMatch("cref=|</|/>|&lt;|\\t|  ", text));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_another_split()
    {
        string source = Source(texts: 300);

        Write("a", seed: 1);
        Write("b", seed: 1);
        Write("c", seed: 2);

        Assert.All(Files, name => Assert.Equal(Bytes("a", name), Bytes("b", name)));
        Assert.NotEqual(Bytes("a", "train.tsv"), Bytes("c", "train.tsv"));
        Assert.Equal(AllRows("a"), AllRows("c"));

        void Write(string name, int seed) => DemoCorpus.Write(_folder[name], new DemoOptions { Rows = 300, Seed = seed },
            [source], TestContext.Current.CancellationToken);
        byte[] Bytes(string folder, string name) => File.ReadAllBytes(Path.Combine(_folder[folder], name));
        string[] AllRows(string folder) => Files[..3].SelectMany(name => Rows(_folder[folder], name))
            .Select(row => string.Join('\t', row)).Order(StringComparer.Ordinal).ToArray();
    }

    [Fact]
    public void Copies_are_dropped_and_so_is_what_stands_in_two_areas()
    {
        _folder.Write("A.xml", Document(
            ("T:System.Xml.A", "Reads the next node."), ("T:System.Xml.B", "reads the  next NODE."),
            ("T:System.IO.A", "Disposes what it holds now."), ("T:System.Xml.C", "Disposes what it holds now."),
            ("T:System.String", "A type of no area."), ("T:System.IO.B", "Too short."),
            ("T:System.Net.A", "Lives in System.Net as you see."), ("T:System.IOx.A", "Not of that namespace.")));

        (string, string)[] rows = DemoCorpus.Collect([_folder.Path], TestContext.Current.CancellationToken);

        Assert.Equal([("Reads the next node.", "xml")], rows);
    }

    [Theory]
    [InlineData("Gets the number of bytes.", true)]
    [InlineData("Gets the number.", false)]
    [InlineData("Gets a value of <see cref=\"T:A\"/> here.", false)]
    [InlineData("Ruft die Größe des Puffers ab.", true)]
    [InlineData("获取 缓冲区 的 大小。", false)]
    [InlineData("Throws if system.security says so.", false)]
    [InlineData("Is true where a > b and c < d.", true)]
    public void Texts_need_four_english_words_without_markup(string text, bool usable) =>
        Assert.Equal(usable, DemoCorpus.IsUsable(text));

    [Fact]
    public void Too_few_texts_and_bad_options_are_refused()
    {
        string source = Source(texts: 150);

        var error = Assert.Throws<RetortException>(() => DemoCorpus.Write(_folder["a"], new DemoOptions { Rows = 200 },
            [source], TestContext.Current.CancellationToken));

        Assert.Contains("has 150 usable texts, and 200 rows were asked for", error.Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(new DemoOptions { Rows = 99 }.Validate);
        Assert.Throws<UsageException>(new DemoOptions { DevFraction = 0.5, TestFraction = 0.5 }.Validate);
        new DemoOptions().Validate();
    }

    [Fact]
    public void The_newest_version_of_each_pack_is_read_and_no_translation()
    {
        foreach (string pack in new[] { "Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref" })
        {
            foreach (string version in new[] { "9.0.11", "10.0.2", "10.0.10", "10.0.11-empty" })
                Directory.CreateDirectory(Path.Combine(_folder.Path, "packs", pack, version, "ref", "net10.0", "de"));
            File.WriteAllText(Path.Combine(_folder.Path, "packs", pack, "10.0.2", "ref", "net10.0", "A.xml"), "");
            File.WriteAllText(Path.Combine(_folder.Path, "packs", pack, "10.0.10", "ref", "net10.0", "A.xml"), "");
            File.WriteAllText(Path.Combine(_folder.Path, "packs", pack, "10.0.10", "ref", "net10.0", "de", "A.xml"), "");
        }

        string[] folders = DotnetPacks.DocumentationFolders([_folder["absent"], _folder.Path]);

        Assert.Equal(2, folders.Length);
        Assert.All(folders, folder => Assert.EndsWith(Path.Combine("10.0.10", "ref", "net10.0"), folder, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_an_sdk_the_message_says_where_was_looked_and_what_to_install()
    {
        var error = Assert.Throws<RetortException>(() => DotnetPacks.DocumentationFolders([_folder.Path]));

        Assert.Contains(_folder["packs"], error.Message, StringComparison.Ordinal);
        Assert.Contains("Install the .NET SDK", error.Message, StringComparison.Ordinal);
    }

    private string Source(int texts)
    {
        string folder = Directory.CreateDirectory(_folder["source"]).FullName;
        File.WriteAllText(Path.Combine(folder, "A.xml"), Document(Enumerable.Range(0, texts)
            .Select(k => ($"T:System.{(k % 3 == 0 ? "Xml" : "IO")}.T{k}", $"Does the thing number {k}.")).ToArray()));
        return folder;
    }

    private static string Document(params (string Member, string Summary)[] members) => "<doc><members>"
        + string.Concat(members.Select(one => $"<member name=\"{one.Member}\"><summary>{one.Summary}</summary></member>"))
        + "</members></doc>";

    private static IEnumerable<string[]> Rows(string folder, string name) =>
        File.ReadAllLines(Path.Combine(folder, name)).Skip(1).Select(line => line.Split('\t'));
}
