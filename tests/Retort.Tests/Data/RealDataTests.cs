using Retort.Data;
using Retort.Runs;

namespace Retort.Tests.Data;

/// <summary>The guard against figures counted independently (with NFKC) over published data sets.</summary>
public class RealDataTests
{
    [Theory]
    [InlineData("thucnews10", 52, 39)]
    [InlineData("trec6", 10, 0)]
    [InlineData("sst2_glue", 2, 0)]
    [InlineData("zh_reviews_albert", 22, 35)]
    [InlineData("clinc150", 6, 5)]
    [InlineData("formspring_albert", 240, 7)]
    [InlineData("chnsenticorp", 333, 340)]
    public void The_guard_counts_the_copies_across_published_splits(string name, int testInTrain, int devInTrain)
    {
        DataReport report = Loading.Load(Options(name) with { Leaks = LeakPolicy.Allow }).Report;

        Assert.Equal(["train/dev", "train/test", "dev/test"], report.Leaks.Select(l => l.Between));
        Assert.Equal(devInTrain, report.Leaks[0].Normalized);
        Assert.Equal(testInTrain, report.Leaks[1].Normalized);
    }

    [Theory]
    [InlineData("thucnews10", 149, 151, 2)]
    [InlineData("trec6", 64, 65, 0)]
    [InlineData("sst2_glue", 371, 379, 7)]
    [InlineData("zh_reviews_albert", 0, 35, 0)]
    [InlineData("clinc150", 0, 6, 0)]
    [InlineData("formspring_albert", 551, 658, 38)]
    [InlineData("chnsenticorp", 1351, 1358, 24)]
    public void The_guard_counts_repeats_within_train_and_texts_with_two_labels(
        string name, int exact, int normalized, int conflicts)
    {
        DataReport report = Loading.Load(Options(name) with { Leaks = LeakPolicy.Allow }).Report;

        Assert.Equal((exact, normalized), (report.DuplicatesInTrain.Exact, report.DuplicatesInTrain.Normalized));
        Assert.Equal(conflicts, report.Conflicts.Texts);
        Assert.Equal(conflicts, report.Conflicts.Listed.Count);
    }

    [Fact]
    public void The_published_split_of_chnsenticorp_stops_and_is_clean_after_dropping()
    {
        DataOptions options = Options("chnsenticorp");
        string message = Assert.Throws<RetortException>(() => Loading.Load(options)).Message;
        Assert.Contains("Rows of test that stand in train too: 333 (331 exactly)", message);

        DataSet data = Loading.Load(options with { Leaks = LeakPolicy.Drop, Conflicts = ConflictPolicy.Drop });

        HashSet<string> test = [.. data.Test.Samples.Select(Normalized)], dev = [.. data.Dev.Samples.Select(Normalized)];
        Assert.Equal(1200, data.Test.Count);
        Assert.DoesNotContain(data.Dev.Samples, s => test.Contains(Normalized(s)));
        Assert.DoesNotContain(data.Train.Samples, s => test.Contains(Normalized(s)) || dev.Contains(Normalized(s)));
        Assert.All(data.Train.Samples.GroupBy(Normalized), g => Assert.Single(g.Select(s => s.Label).Distinct()));

        static string Normalized(Sample sample) => string.Concat(sample.Text.ToLowerInvariant().Where(c => !char.IsWhiteSpace(c))
            .Select(c => c is >= '\uFF01' and <= '\uFF5E' ? (char)(c - 0xFEE0) : c));
    }

    [Fact]
    public void A_published_file_of_unlabelled_sentences_is_read_whole() =>
        Assert.Equal(200_000, CorpusReader.ReadUnlabelled(
            TestPaths.Data("imdb_sentences", "unlabeled.tsv"), new(),
            cancellation: TestContext.Current.CancellationToken).Count);

    private static DataOptions Options(string name) => new()
    {
        Train = TestPaths.Data(name, "train.tsv"),
        Dev = TestPaths.Data(name, "dev.tsv"),
        Test = TestPaths.Data(name, "test.tsv"),
        LabelFile = TestPaths.Data(name, "labels.txt"),
    };
}
