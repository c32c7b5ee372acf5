using Retort.Data;

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

    internal static DataOptions Options(string name) => new()
    {
        Train = TestPaths.Data(name, "train.tsv"),
        Dev = TestPaths.Data(name, "dev.tsv"),
        Test = TestPaths.Data(name, "test.tsv"),
        LabelFile = TestPaths.Data(name, "labels.txt"),
    };
}
