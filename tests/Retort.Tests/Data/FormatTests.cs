using System.Globalization;
using System.Text;
using Retort.Data;
using Retort.Runs;

namespace Retort.Tests.Data;

public sealed class FormatTests : IDisposable
{
    private static readonly LabelSet Pets = new(["cat", "dog"]);
    private readonly Loading _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("a.tsv", "text\tlabel\nfirst \"one\"\tcat\n\"second, one\tdog\n", "first \"one\"", "\"second, one")]
    [InlineData("a.tsv", "\uFEFFtext\tlabel\r\nfirst\tcat\r\nsecond\tdog", "first", "second")]
    [InlineData("a.tsv", "id\tlabel\tsentence\n7\tcat\tfirst\n8\tdog\tsecond\n", "first", "second")]
    [InlineData("a.tsv", "Text\tLabel\nfirst\tcat\nsecond\tdog\n", "first", "second")]
    [InlineData("a.tsv", "text\tlabel\n first  one \t cat \nsecond\tdog\n", " first  one ", "second")]
    [InlineData("a.csv", "text,label\nfirst,cat\nsecond,dog\n", "first", "second")]
    [InlineData("a.csv", "label,text\r\ncat,\"a, \"\"b\"\"\r\nc\"\r\ndog,#d", "a, \"b\"\r\nc", "#d")]
    [InlineData("a.csv", "\uFEFF\"text\",label\n5\" disk,cat\n\"\uFF01😀\",dog\n", "5\" disk", "\uFF01😀")]
    [InlineData("a.jsonl", "{\"text\":\"a\\n\\u00e9\",\"label\":\"cat\",\"n\":[1]}\n{\"label\":\"dog\",\"text\":\"b\"}", "a\né", "b")]
    [InlineData("a.jsonl", "{\"text\":\"first\",\"label\":0}\r\n{\"label\":1,\"text\":\"second\"}\r\n", "first", "second")]
    public void A_labelled_file_gives_its_texts_and_labels(string name, string content, string first, string second)
    {
        Corpus corpus = Read(name, content);

        Assert.Equal(TaskKind.SingleLabel, corpus.Kind);
        Assert.Equal([new Sample(first, 0), new Sample(second, 1)], corpus.Samples);
    }

    [Theory]
    [InlineData("a.tsv", "first\tcat\nsecond\tdog\n", "", "")]
    [InlineData("a.csv", "cat,x,first\ndog,y,second\n", "2", "0")]
    public void A_file_without_header_has_numbered_columns(string name, string content, string text, string label)
    {
        Corpus corpus = Read(name, content, new() { Header = false, TextColumn = text, LabelColumn = label });

        Assert.Equal([new Sample("first", 0), new Sample("second", 1)], corpus.Samples);
    }

    [Theory]
    [InlineData("a.tsv", "text\tlabel\nfirst\tdog; cat\nsecond\t\n", ";")]
    [InlineData("a.csv", "text,label\nfirst,cat|dog\nsecond,\n", "|")]
    [InlineData("a.jsonl", "{\"text\":\"first\",\"label\":[\"cat\",\"dog\"]}\n{\"text\":\"second\",\"label\":[]}\n", "")]
    [InlineData("a.jsonl", "{\"text\":\"first\",\"label\":[1,0]}\n{\"text\":\"second\",\"label\":[]}\n", "")]
    public void Several_labels_or_none_make_a_multi_label_corpus(string name, string content, string separator)
    {
        Corpus corpus = Read(name, content, new() { LabelSeparator = separator });

        Assert.Equal(TaskKind.MultiLabel, corpus.Kind);
        Assert.Equal([1f, 1f], corpus.TargetRow(0));
        Assert.Equal([0f, 0f], corpus.TargetRow(1));
        Assert.All(corpus.Samples, s => Assert.Equal(-1, s.Label));
    }

    [Fact]
    public async Task Parquet_is_read_with_labels_as_names_integers_or_truth_values()
    {
        string path = _files.PathOf("a.parquet");
        await ParquetFiles.Write(path, ParquetFiles.Strings("sentence", "first", "second"), ParquetFiles.Strings("label", "cat", "dog"));
        Assert.Equal([new Sample("first", 0), new Sample("second", 1)], Read(path).Samples);

        await ParquetFiles.Write(path, ParquetFiles.Strings("text", "first", "second"), ParquetFiles.Numbers("label", 0L, 1L));
        Assert.Equal([new Sample("first", 0), new Sample("second", 1)], Read(path).Samples);

        await ParquetFiles.Write(path, ParquetFiles.Strings("text", "first", "second"), ParquetFiles.Numbers("label", false, true));
        Corpus truths = CorpusReader.ReadLabelled(path, new(), new LabelSet(["false", "true"]),
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([new Sample("first", 0), new Sample("second", 1)], truths.Samples);
    }

    [Fact]
    public async Task Parquet_lists_are_multi_label_across_row_groups()
    {
        string path = _files.PathOf("lists.parquet");
        await ParquetFiles.WriteLists(path, ("a", ["cat", "dog"]), ("b", []), ("c", ["dog"]), ("d", ["cat"]));

        Corpus corpus = Read(path, new() { LabelColumn = "labels" });

        Assert.Equal(["a", "b", "c", "d"], corpus.Samples.Select(s => s.Text));
        Assert.Equal([1, 1, 0, 0, 0, 1, 1, 0], corpus.Samples.SelectMany(s => s.Targets!));
    }

    [Fact]
    public void An_unlabelled_corpus_needs_no_label_column()
    {
        foreach ((string name, string content) in new[]
        {
            ("u.tsv", "text\none\ntwo\n"), ("u.txt", "one\r\ntwo"), ("u.csv", "text,other\none,1\ntwo,2\n"),
            ("u.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n"),
        })
        {
            Corpus corpus = CorpusReader.ReadUnlabelled(
                _files.Write(name, content), new(), cancellation: TestContext.Current.CancellationToken);

            Assert.Equal(TaskKind.Unlabelled, corpus.Kind);
            Assert.Equal([new Sample("one"), new Sample("two")], corpus.Samples);
        }
    }

    [Theory]
    [InlineData("u.tsv", "text\none\ntwo\textra\nthree\n", 3)]
    [InlineData("u.csv", "text\n\"one\none\"\n,\nthree\n", 4)]
    [InlineData("u.jsonl", "{\"text\":\"one\"}\nnothing\n{\"text\":\"three\"}\n", 2)]
    [InlineData("u.txt", "one\n \nthree\n", 2)]
    public void A_stream_gives_each_text_as_it_comes_and_tells_of_bad_rows_at_the_end(string name, string content, long line)
    {
        string path = _files.Write(name, content);
        var bad = new BadRows();
        var seen = new List<string>();
        var error = Assert.Throws<RetortException>(() =>
        {
            foreach (string text in Stream(path, new DataOptions(), bad))
                seen.Add(text);
        });
        Assert.Equal(2, seen.Count);
        Assert.Equal((path, line), (bad.Listed.Single().Place.File, bad.Listed.Single().Place.Line));
        Assert.Equal(error.Message, Assert.Throws<RetortException>(() => CorpusReader.ReadUnlabelled(path, new DataOptions())).Message);
        Assert.Equal(seen, Stream(path, new DataOptions { SkipBadRows = true }, new BadRows()));
    }

    [Fact]
    public void A_stream_of_bad_rows_alone_is_refused_even_where_they_are_skipped()
    {
        string path = _files.Write("u.txt", " \n\n");
        Assert.Contains("none of its rows can be used; 2 are bad",
            Assert.Throws<RetortException>(() => Stream(path, new DataOptions { SkipBadRows = true }, new BadRows()).Count()).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Stream(string path, DataOptions options, BadRows bad) =>
        CorpusReader.StreamUnlabelled(path, options, bad, null, TestContext.Current.CancellationToken);

    [Fact]
    public void A_text_survives_every_buffer_boundary()
    {
        var content = new StringBuilder("text\tlabel\n");
        string[] texts = Enumerable.Range(0, 400)
            .Select(i => i.ToString(CultureInfo.InvariantCulture) + new string('é', i * 3)).ToArray();
        foreach (string text in texts)
            content.Append(text).Append("\tcat\r\n");

        Assert.Equal(texts, Read("long.tsv", content.ToString()).Samples.Select(s => s.Text));
        Assert.Equal(texts, Read("long.csv", content.ToString().Replace('\t', ',')).Samples.Select(s => s.Text));
    }

    private Corpus Read(string name, string content, DataOptions? options = null) => Read(_files.Write(name, content), options);

    private static Corpus Read(string path, DataOptions? options = null) => CorpusReader.ReadLabelled(
        path, options ?? new(), Pets, cancellation: TestContext.Current.CancellationToken);
}
