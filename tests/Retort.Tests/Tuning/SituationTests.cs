using Retort.Data;
using Retort.Tuning.Space;

namespace Retort.Tests.Tuning;

public sealed class SituationTests
{
    [Theory]
    [InlineData(100, 100, SituationKind.SmallData, "small data: 200 rows of train (fewer than 10,000), the commonest class 1 times as often as the rarest")]
    [InlineData(5000, 5000, SituationKind.LargeData, "large data: 10,000 rows of train (10,000 or more), the commonest class 1 times as often as the rarest")]
    [InlineData(5000, 4999, SituationKind.SmallData, "small data: 9,999 rows of train")]
    [InlineData(400, 100, SituationKind.ImbalancedData, "imbalanced data: the commonest class of train stands 4 times as often as the rarest (4 or more)")]
    [InlineData(399, 100, SituationKind.SmallData, "small data: 499 rows of train")]
    [InlineData(90_000, 10_000, SituationKind.ImbalancedData, "imbalanced data: the commonest class of train stands 9 times")]
    public void A_situation_follows_from_rows_and_classes(int many, int few, SituationKind kind, string said)
    {
        Sample[] samples = [.. Enumerable.Repeat(new Sample("a", 0), many), .. Enumerable.Repeat(new Sample("b", 1), few)];
        var situation = Situation.Of(new Corpus("toy", TaskKind.SingleLabel, new LabelSet(["x", "y"]), samples));
        Assert.Equal(kind, situation.Kind);
        Assert.StartsWith(said, situation.Describe(), StringComparison.Ordinal);
    }
}
