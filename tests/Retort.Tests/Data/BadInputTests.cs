using System.Text;
using Retort.Data;
using Retort.Runs;

namespace Retort.Tests.Data;

/// <summary>One row of a table for each kind of bad input: what must be named is the file, the line, the find and the cure.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Rest = "good film\tpos\nbad film\tneg\nfine film\tpos\npoor film\tneg\ndull film\tneg\nnice film\tpos\n";
    private readonly Loading _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string, string, string[]> BadRowsOfFiles => new()
    {
        { "too_many.tsv", "text\tlabel\na\tpos\tx\n" + Rest, ["too_many.tsv, line 2", "3 columns, expected 2"] },
        { "too_few.tsv", "text\tlabel\n" + Rest + "alone\n", ["too_few.tsv, line 8", "1 column, expected 2"] },
        { "blank_line.tsv", "text\tlabel\n\n" + Rest, ["line 2", "an empty line; delete it"] },
        { "empty_text.tsv", "text\tlabel\n\tpos\n" + Rest, ["line 2", "the text is empty"] },
        { "blank_text.tsv", "text\tlabel\n \u3000\tpos\n" + Rest, ["line 2", "the text is empty"] },
        { "no_label.tsv", "text\tlabel\nhello\t \n" + Rest, ["line 2", "the label is empty", "neg, pos"] },
        { "nul.tsv", "text\tlabel\nhel\0lo\tpos\n" + Rest, ["line 2", "NUL", "save it as UTF-8"] },
        { "latin1.tsv", "text\tlabel\ncaf\u0001\tpos\n" + Rest, ["line 2", "0xE9 at position 4", "iconv"] },
        { "long.tsv", "text\tlabel\n@LONG@\tpos\n" + Rest, ["line 2", "more than 10 MB"] },
        { "latin1.csv", "text,label\n\"a\nb\",pos\ncaf\u0001,pos\nx,neg\n", ["latin1.csv, line 4", "not UTF-8", "iconv"] },
        { "nul.csv", "text,label\n\0,pos\nx,neg\ny,pos\n", ["line 2", "NUL"] },
        { "count.csv", "text,label\n\"a\nb\nc\",pos\nshort\nx,neg\n", ["line 5", "1 column, expected 2"] },
        { "blank.csv", "text,label\nx,neg\n\ny,pos\n", ["line 3", "an empty line"] },
        { "long.csv", "text,label\n@LONG@,pos\nx,neg\ny,pos\n", ["line 2", "more than 10 MB"] },
        { "broken.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",}\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "not a JSON object", "position 13"] },
        { "array.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n[1]\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "not a JSON object"] },
        { "missing.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\"}\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "there is no 'label'"] },
        { "number.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":7,\"label\":\"x\"}\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "'text' is a number, expected a string"] },
        { "null.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":null}\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "the label is null"] },
        { "twice.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"text\":\"d\",\"label\":\"x\"}\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "not a JSON object"] },
        { "escape.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"\\ud83d\",\"label\":\"x\"}\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "without its other half"] },
        { "nul.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"\\u0000\",\"label\":\"x\"}\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "NUL"] },
        { "mixed.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":[\"x\"]}\n{\"text\":\"c\",\"label\":\"y\"}\n", ["line 2", "the label is a list and the first row's is not"] },
    };

    [Theory]
    [MemberData(nameof(BadRowsOfFiles))]
    public void A_bad_row_stops_with_file_line_and_cure_and_can_be_skipped(string name, string content, string[] parts)
    {
        DataOptions options = Options(Write(name, content));

        string message = Assert.Throws<RetortException>(() => Loading.Load(options)).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
        Assert.Contains(name, message);
        Assert.Contains("--skip-bad-rows", message);

        BadRowsReport skipped = Report(options with { SkipBadRows = true });
        Assert.Equal(1, skipped.Count);
        Assert.Contains(parts[^1], Assert.Single(skipped.Listed).ToString());
    }

    public static TheoryData<string, string, string[]> BadFiles => new()
    {
        { "empty.tsv", "", ["empty.tsv is empty"] },
        { "header.tsv", "text\tlabel\n", ["header.tsv has a header but no rows"] },
        { "header.csv", "text,label", ["header.csv has a header but no rows"] },
        { "columns.tsv", "review\tstars\n" + Rest, ["no text column 'text' or 'sentence'", "'review', 'stars'", "data.text_column", "data.header"] },
        { "label.tsv", "text\tstars\n" + Rest, ["no label column 'label'", "'text', 'stars'", "data.label_column"] },
        { "twice.tsv", "text\ttext\tlabel\n" + Rest, ["the column 'text' stands 2 times"] },
        { "pairs.tsv", "sentence1\tsentence2\tlabel\na\tb\tc\n", ["sentence pairs", "'sentence2'", "data.text_column"] },
        { "pairs.csv", "text_a,text_b,label\na,b,c\n", ["sentence pairs", "'text_b'"] },
        { "qnli.tsv", "index\tquestion\tsentence\tlabel\n0\ta\tb\tc\n", ["sentence pairs", "'question'"] },
        { "nli.jsonl", "{\"premise\":\"a\",\"hypothesis\":\"b\",\"label\":1}\n", ["sentence pairs", "'hypothesis'"] },
        { "stars.tsv", "text\tlabel\na\t4\nb\t3.5\nc\t1\n", ["stars.tsv, line 3", "3.5 is a real number", "regression", "data.label_file"] },
        { "one_class.tsv", "text\tlabel\na\tpos\nb\tpos\n", ["all 2 rows carry the label 'pos'", "two classes"] },
        { "format.xlsx", "x", ["'.xlsx' is unknown", ".tsv, .csv, .jsonl, .parquet"] },
        { "labelled.txt", "x", ["a .txt file holds no labels"] },
        { "quote.csv", "text,label\n\"a\nb\" c,pos\nd,neg\n", ["quote.csv, line 2", "quotation marks", "twice"] },
        { "open.csv", "text,label\na,pos\n\"b,neg\nc,pos\n", ["open.csv, line 3", "quotation marks"] },
        { "damaged.parquet", "PAR1 is not enough", ["damaged.parquet cannot be read as Parquet"] },
        { "bad_header.tsv", "te\0xt\tlabel\n" + Rest, ["bad_header.tsv, line 1", "NUL"] },
        { "few.tsv", "text\tlabel\na\tpos\nb\tneg\n", ["2 rows are too few to split"] },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void A_file_that_cannot_be_used_stops_even_where_bad_rows_are_skipped(string name, string content, string[] parts)
    {
        DataOptions options = Options(Write(name, content));
        foreach (bool skip in (bool[])[false, true])
        {
            string message = Assert.ThrowsAny<RetortException>(
                () => Loading.Load(options with { SkipBadRows = skip })).Message;
            Assert.All(parts, part => Assert.Contains(part, message));
        }
    }

    [Fact]
    public void A_missing_file_is_a_wrong_option()
    {
        var error = Assert.Throws<UsageException>(() => Loading.Load(Options(_files.PathOf("absent.tsv"))));

        Assert.Contains("absent.tsv: no such file", error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_utf16_file_is_named_as_such(bool bigEndian)
    {
        var encoding = new UnicodeEncoding(bigEndian, byteOrderMark: true);
        string path = _files.Write("wide.tsv", [.. encoding.GetPreamble(), .. encoding.GetBytes("text\tlabel\n" + Rest)]);

        string message = Assert.Throws<RetortException>(() => Loading.Load(Options(path))).Message;

        Assert.Contains("wide.tsv, line 1: the file is UTF-16", message);
        Assert.Contains("iconv -f UTF-16 -t UTF-8", message);
    }

    [Fact]
    public void A_label_that_dev_has_and_train_has_not_is_unknown()
    {
        string train = Write("train.tsv", "text\tlabel\n" + Rest);
        string dev = Write("dev.tsv", "text\tlabel\nother\tneutral\nanother\t1\nthird\tpos\n");

        string message = Assert.Throws<RetortException>(() => Loading.Load(Options(train) with { Dev = dev })).Message;

        Assert.Contains("dev.tsv, line 2: the label 'neutral' is unknown; expected one of neg, pos", message);
        Assert.Contains("dev.tsv, line 3: the label '1' is unknown", message);
    }

    [Fact]
    public void Dev_must_be_labelled_as_train_is()
    {
        string train = Write("train.jsonl", "{\"text\":\"a\",\"label\":[\"x\"]}\n{\"text\":\"b\",\"label\":[]}\n");
        string dev = Write("dev.jsonl", "{\"text\":\"c\",\"label\":\"x\"}\n");

        string message = Assert.Throws<RetortException>(() => Loading.Load(Options(train) with { Dev = dev })).Message;

        Assert.Contains("dev.jsonl is single-label and", message);
    }

    [Theory]
    [InlineData("", "labels.txt is empty; expected class names, one a line")]
    [InlineData("a\n\nb\n", "labels.txt, line 2: an empty class name")]
    [InlineData("a\nb\na\n", "labels.txt, line 3: the class 'a' stands on line 1 already")]
    public void A_wrong_label_file_is_named_with_its_line(string content, string expected)
    {
        DataOptions options = Options(Write("train.tsv", "text\tlabel\n" + Rest)) with { LabelFile = Write("labels.txt", content) };

        Assert.Contains(expected, Assert.Throws<RetortException>(() => Loading.Load(options)).Message);
    }

    [Fact]
    public void Many_bad_rows_are_counted_in_full_and_listed_up_to_a_bound()
    {
        string path = Write("many.tsv", "text\tlabel\n" + Rest + string.Concat(Enumerable.Repeat("bad\n", 1000)));

        string message = Assert.Throws<RetortException>(() => Loading.Load(Options(path))).Message;
        Assert.Contains("and 995 more bad rows", message);

        BadRowsReport skipped = Report(Options(path) with { SkipBadRows = true });
        Assert.Equal(1000, skipped.Count);
        Assert.Equal(BadRows.ListedAtMost, skipped.Listed.Count);
    }

    [Fact]
    public void Nothing_is_left_where_all_rows_are_bad()
    {
        DataOptions options = Options(Write("all.tsv", "text\tlabel\nx\ny\n")) with { SkipBadRows = true };

        string message = Assert.Throws<RetortException>(() => Loading.Load(options)).Message;

        Assert.Contains("none of its rows can be used; 2 are bad, the first:", message);
    }

    [Fact]
    public async Task Null_in_a_parquet_column_is_a_bad_row()
    {
        string path = _files.PathOf("null.parquet");
        await ParquetFiles.Write(path,
            ParquetFiles.Strings("text", "a", null, "c"), ParquetFiles.Strings("label", "x", "y", null));

        string message = Assert.Throws<RetortException>(() => Loading.Load(Options(path))).Message;

        Assert.Contains("null.parquet, row 2: the text is null", message);
        Assert.Contains("null.parquet, row 3: the label is null", message);
    }

    private BadRowsReport Report(DataOptions options)
    {
        string other = Write("other.tsv", options.Train.EndsWith(".jsonl", StringComparison.Ordinal)
            ? "text\tlabel\nu\tx\n" : "text\tlabel\nv\tpos\n");
        return Loading.Load(options with { Dev = other, Test = other, Leaks = LeakPolicy.Allow }).Report.BadRows;
    }

    private static DataOptions Options(string train) => new() { Train = train };

    // A test's name must not hold invalid UTF-8 or ten megabytes: U+0001 stands for the byte 0xE9, @LONG@ for a long line.
    private string Write(string name, string content)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content.Replace("@LONG@", new string('x', 11 << 20), StringComparison.Ordinal));
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = bytes[i] == 1 ? (byte)0xE9 : bytes[i];
        return _files.Write(name, bytes);
    }
}
