using Retort.Runs;

namespace Retort.Tests.Runs;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("epohcs", "epochs", 1)]
    [InlineData("flaw", "lawn", 2)]
    public void The_distance_counts_insertions_deletions_replacements_and_swaps(string left, string right, int distance)
    {
        Assert.Equal(distance, NearestName.Distance(left, right));
        Assert.Equal(distance, NearestName.Distance(right, left));
    }

    [Fact]
    public void The_nearest_plausible_name_is_found_and_an_implausible_one_is_not()
    {
        Assert.Equal("epochs", NearestName.Find("epohcs", ["seeds", "epochs", "decay"]));
        Assert.Null(NearestName.Find("zzzzzz", ["seeds", "epochs", "decay"]));
        Assert.Null(NearestName.Find("", []));
        Assert.Null(NearestName.Find(new string('x', 1000), ["epochs"]));
    }
}
