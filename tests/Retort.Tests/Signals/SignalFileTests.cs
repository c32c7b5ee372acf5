using Retort.Data;
using Retort.Runs;
using Retort.Signals;
using Retort.Signals.Files;
using Retort.Tests.Data;

namespace Retort.Tests.Signals;

public sealed class SignalFileTests : IDisposable
{
    private static readonly LabelSet Labels = new(["bad", "good"]);

    private readonly TemporaryFolder _folder = new();

    public SignalFileTests()
    {
        File.WriteAllText(_folder["train.tsv"], "text\tlabel\none\tbad\ntwo\tgood\nthree\tbad\n");
        File.WriteAllText(_folder["dev.tsv"], "text\tlabel\nfour\tgood\n");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1.5\t-1.5\n1\t-2\t2\n2\t0.25\t0\n")]
    [InlineData("s.tsv", "row\tlogit:good\tlogit:bad\n2\t0\t0.25\n0\t-1.5\t1.5\n1\t2\t-2\n")]
    [InlineData("s.tsv", "logits_0\tlogits_1\n1.5\t-1.5\n-2\t2\n0.25\t0\n")]
    [InlineData("s.csv", "logit_1,logit_0,text\n2,-2,two\n-1.5,1.5,one\n0,0.25,three\n")]
    [InlineData("s.csv", "row,text,label,logit:bad,logit:good\n0,one,bad,1.5,-1.5\n1,two,good,-2,2\n2,three,bad,0.25,0\n")]
    [InlineData("s.jsonl", "{\"text\":\"one\",\"logits\":[1.5,-1.5]}\n{\"text\":\"two\",\"logits\":[-2,2]}\n{\"text\":\"three\",\"logits\":{\"good\":0,\"bad\":0.25}}\n")]
    [InlineData("s.jsonl", "{\"row\":0,\"logits\":{\"BAD\":1.5,\"Good\":-1.5}}\n{\"row\":1,\"logits\":[-2,2]}\n{\"row\":2,\"logits\":[0.25,0]}\n")]
    public void Logits_by_row_or_by_text_come_to_the_same_signals(string name, string content)
    {
        SignalFile file = Read(name, content);
        SignalCache cache = Store(file);
        Assert.Equal([1.5f, -1.5f, -2, 2, 0.25f, 0], cache.Logits(["one", "two", "three"]).Values);
        Assert.Equal(0, file.Differing);
    }

    [Theory]
    [InlineData("s.tsv", "row\tp:bad\tp:good\n0\t0.9\t0.1\n1\t0.2\t0.8\n2\t1\t0\n")]
    [InlineData("s.tsv", "row\tbad\tgood\n0\t0.9\t0.1\n1\t0.2\t0.8\n2\t1\t0\n")]
    [InlineData("s.jsonl", "{\"text\":\"one\",\"probabilities\":{\"bad\":0.9,\"good\":0.1}}\n{\"text\":\"two\",\"p\":{\"bad\":0.2,\"good\":0.8}}\n{\"text\":\"three\",\"probabilities\":{\"bad\":1}}\n")]
    [InlineData("s.jsonl", "{\"text\":\"one\",\"bad\":0.9,\"good\":0.1}\n{\"text\":\"two\",\"bad\":0.2,\"good\":0.8}\n{\"text\":\"three\",\"bad\":1,\"good\":0}\n")]
    public void Probabilities_become_centred_logits(string name, string content)
    {
        float[] logits = Store(Read(name, content)).Logits(["one", "two", "three"]).Values;
        float[] expected = [Half(0.9), -Half(0.9), Half(0.2), -Half(0.2), Half(1 - 1e-6), -Half(1 - 1e-6)];
        Assert.All(expected, (value, k) => Assert.Equal(value, logits[k], 1e-4f));
    }

    [Theory]
    [InlineData("s.tsv", "row\tbad\tgood\n0\t3\t0\n1\t1\t2\n2\t0\t1\n")]
    [InlineData("s.tsv", "row\tvotes:bad\tvotes:good\n0\t3\t0\n1\t1\t2\n2\t0\t1\n")]
    [InlineData("s.jsonl", "{\"text\":\"one\",\"votes\":{\"bad\":3}}\n{\"text\":\"two\",\"votes\":{\"bad\":1,\"good\":2}}\n{\"text\":\"three\",\"votes\":{\"good\":1}}\n")]
    public void Votes_become_the_share_with_one_vote_more_spread_over_the_classes(string name, string content)
    {
        float[] logits = Store(Read(name, content)).Logits(["one", "two", "three"]).Values;
        float[] expected = [Half(3.5 / 4), -Half(3.5 / 4), Half(1.5 / 4), -Half(1.5 / 4), Half(0.5 / 2), -Half(0.5 / 2)];
        Assert.All(expected, (value, k) => Assert.Equal(value, logits[k], 1e-6f));
    }

    [Fact]
    public async Task Parquet_is_read_with_numbered_columns_or_a_list()
    {
        await ParquetFiles.Write(_folder["flat.parquet"], ParquetFiles.Strings("text", "one", "two", "three"),
            ParquetFiles.Numbers("logits_0", 1.5f, -2f, 0.25f), ParquetFiles.Numbers("logits_1", -1.5, 2, 0));
        await ParquetFiles.WriteLists(_folder["list.parquet"], "logits", [("one", ["1.5", "-1.5"]), ("two", ["-2", "2"]), ("three", ["0.25", "0"])]);
        foreach (string name in new[] { "flat.parquet", "list.parquet" })
        {
            SignalFile file = SignalFile.Read(_folder[name], Labels, TaskKind.SingleLabel, Corpora(), new DataOptions());
            Assert.Equal([1.5f, -1.5f, -2, 2, 0.25f, 0], Store(file).Logits(["one", "two", "three"]).Values);
        }
    }

    [Fact]
    public void A_star_takes_the_file_of_each_part_that_exists()
    {
        File.WriteAllText(_folder["t.train.tsv"], "row\tlogit:bad\tlogit:good\n0\t1\t0\n1\t2\t0\n2\t3\t0\n");
        File.WriteAllText(_folder["t.dev.tsv"], "row\tlogit:bad\tlogit:good\n0\t4\t0\n");
        SignalFile file = SignalFile.Read(_folder["t.*.tsv"], Labels, TaskKind.SingleLabel, Corpora(), new DataOptions());
        Assert.Equal(["one", "two", "three", "four"], file.Texts);
        Assert.Equal([4f, 0, 3, 0], Store(file).Logits(["four", "three"]).Values);
        var error = Assert.Throws<UsageException>(() => SignalFile.Read(_folder["none.*.tsv"], Labels, TaskKind.SingleLabel, Corpora(), new DataOptions()));
        Assert.Contains("train, dev in the place of *", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_stands_twice_has_the_mean_or_all_its_votes()
    {
        SignalFile mean = Read("s.jsonl", "{\"text\":\"x\",\"logits\":[1,0]}\n{\"text\":\"x\",\"logits\":[3,-1]}\n{\"text\":\"y\",\"logits\":[3,-1]}\n{\"text\":\"y\",\"logits\":[3,-1]}\n");
        Assert.Equal((2, 1), (mean.Texts.Count, mean.Differing));
        Assert.Equal([2f, -0.5f], Store(mean).Logits(["x"]).Values);
        SignalFile votes = Read("v.jsonl", "{\"text\":\"x\",\"votes\":{\"bad\":1}}\n{\"text\":\"x\",\"votes\":{\"good\":2}}\n");
        Assert.Equal(Half(1.5 / 4), Store(votes).Logits(["x"]).Values[0], 1e-6f);
    }

    [Fact]
    public void Multi_label_probabilities_need_not_sum_to_one()
    {
        File.WriteAllText(_folder["s.tsv"], "row\tp:bad\tp:good\n0\t0.9\t0.8\n1\t0.2\t0.1\n2\t1\t0\n");
        SignalFile file = SignalFile.Read(_folder["s.tsv"], Labels, TaskKind.MultiLabel, Corpora(), new DataOptions());
        Assert.Equal((float)Math.Log(9), Store(file).Logits(["one"]).Values[0], 1e-5f);
        Assert.Equal((float)Math.Log(4), Store(file).Logits(["one"]).Values[1], 1e-5f);
    }

    [Theory]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\t0\n1\t1\t0\n", "lacks 1 of the 3 rows of", "2: expected every row once")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\t0\n1\t1\t0\n2\t1\t0\n3\t1\t0\n", "line 5: it is about row 3, but", "is it of another file?")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\t0\n1\t1\t0\n1\t1\t0\n", "line 4: row 1 stands twice", "")]
    [InlineData("s.tsv", "row\ttext\tlogit:bad\tlogit:good\n0\ttwo\t1\t0\n1\tone\t1\t0\n2\tthree\t1\t0\n", "line 2: row 0 is 'two' here and 'one' in", "its rows were reordered")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n0\tNaN\t0\n", "line 2: logit:bad is 'NaN'", "expected a finite number")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\tinf\n", "line 2: logit:good is 'inf'", "")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\t\n", "line 2: logit:good is ''", "")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\n", "line 2: 2 columns, expected 3", "")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\nx\t1\t0\n", "line 2: the row is 'x'", "expected a whole number")]
    [InlineData("s.tsv", "row\tp:bad\tp:good\n0\t0.5\t0.4\n", "line 2: the probabilities sum to 0.9: expected 1", "")]
    [InlineData("s.tsv", "row\tp:bad\tp:good\n0\t1.5\t-0.5\n", "line 2: the probability 1.5: expected 0 to 1", "")]
    [InlineData("s.tsv", "row\tp:bad\tp:ugly\n0\t0.5\t0.5\n", "'p:ugly' names no class of the data", "expected one of bad, good")]
    [InlineData("s.tsv", "row\tp:bad\n0\t1\n", "there is no column for the class 'good' among row, p:bad", "")]
    [InlineData("s.tsv", "row\tlogits_0\tlogits_1\tlogits_2\n0\t1\t2\t3\n", "the column 'logits_2' is beyond the data's 2 classes", "")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\tp:bad\n0\t1\t0\t1\n", "it holds logits and probabilities", "")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:BAD\n0\t1\t0\n", "the class 'bad' has several columns", "")]
    [InlineData("s.tsv", "row\tvotes:bad\tvotes:good\n0\t0\t0\n", "line 2: no votes", "leave the row out")]
    [InlineData("s.tsv", "row\tvotes:bad\tvotes:good\n0\t0.5\t1\n", "line 2: 0.5 votes", "")]
    [InlineData("s.tsv", "row\tbad\tgood\n0\t-1.5\t1.5\n", "line 2: the probability -1.5", "name them logit:CLASS")]
    [InlineData("s.tsv", "logits_0\tlogits_1\n1\t0\n", "has 1 rows without a column 'row' or 'text'", "has 3")]
    [InlineData("s.tsv", "row\tlogit:bad\tlogit:good\n", "has no rows", "")]
    [InlineData("s.jsonl", "{\"text\":\"one\",\"logits\":{\"bad\":1}}\n", "there is no column for the class 'good'", "")]
    [InlineData("s.jsonl", "{\"text\":\"one\",\"p\":{\"bad\":0.7}}\n", "line 1: the probabilities sum to 0.7", "is a class missing?")]
    [InlineData("s.jsonl", "{\"text\":\"one\",\"p\":{\"bad\":1}}\n{\"text\":\"two\",\"votes\":{\"bad\":1}}\n", "line 2: votes after probabilities", "")]
    [InlineData("s.jsonl", "{\"text\":\"\",\"p\":{\"bad\":1}}\n", "line 1: the text is empty", "")]
    [InlineData("s.jsonl", "[1]\n", "line 1: not a JSON object", "")]
    [InlineData("s.csv", "", "is empty", "")]
    public void A_file_that_is_not_of_the_corpus_is_refused_with_line_and_cure(string name, string content, string found, string cure)
    {
        var error = Assert.Throws<RetortException>(() => Read(name, content));
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains(cure, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_word_on_one_text_is_another_source()
    {
        string one = Read("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\t0\n1\t1\t0\n2\t1\t0\n").Source.Fingerprint;
        Assert.Equal(one, Read("other.csv", "text,logits_0,logits_1\none,1,0\ntwo,1,0\nthree,1,0\n").Source.Fingerprint);
        Assert.NotEqual(one, Read("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\t0\n1\t1\t0\n2\t1\t0.001\n").Source.Fingerprint);
    }

    [Fact]
    public void An_import_that_was_cut_short_ends_with_the_same_files()
    {
        SignalFile file = Read("s.tsv", "row\tlogit:bad\tlogit:good\n0\t1\t0\n1\t2\t0\n2\t3\t0\n");
        SignalCache whole = SignalCache.Open(_folder["whole"], file.Source), cut = SignalCache.Open(_folder["cut"], file.Source);
        Assert.Equal(3, file.StoreIn(whole, shardSize: 2));
        cut.Append(["one", "two"], [1, 0, 2, 0], []);
        Assert.Equal(1, file.StoreIn(cut, shardSize: 2));
        Assert.Equal(0, file.StoreIn(cut, shardSize: 2));
        string[] names = Directory.GetFiles(whole.Folder).Select(path => Path.GetFileName(path)).ToArray();
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Folder, name)), File.ReadAllBytes(Path.Combine(cut.Folder, name))));
    }

    private static float Half(double p) => (float)(Math.Log(p / (1 - p)) / 2);

    private SignalFile Read(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return SignalFile.Read(_folder[name], Labels, TaskKind.SingleLabel, Corpora(), new DataOptions());
    }

    private CorpusFile[] Corpora() => [new("train", _folder["train.tsv"]), new("dev", _folder["dev.tsv"])];

    private SignalCache Store(SignalFile file)
    {
        SignalCache cache = SignalCache.Open(_folder["cache"], file.Source);
        file.StoreIn(cache, 2);
        return cache;
    }
}
