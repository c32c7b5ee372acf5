using Retort.Metrics;

namespace Retort.Tests.Metrics;

public sealed class LogitTableTests
{
    [Fact]
    public void Rows_are_read_in_order_and_a_tie_goes_to_the_lowest_class()
    {
        var table = new LogitTable([1, 3, 2, 5, 5, 0], 3);

        Assert.Equal(2, table.Count);
        Assert.Equal([5f, 5f, 0f], table.Row(1).ToArray());
        Assert.Equal([1, 0], table.ArgMaxes());
    }

    [Fact]
    public void No_rows_are_a_table_of_no_texts() => Assert.Equal(0, new LogitTable([], 3).Count);

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void What_is_not_finite_is_refused_with_its_place(float value, string name)
    {
        var error = Assert.Throws<ArgumentException>(() => new LogitTable([0, 0, 0, value], 2));

        Assert.Contains($"text 1, class 1 is {name}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_rows_are_refused_with_the_numbers()
    {
        var error = Assert.Throws<ArgumentException>(() => new LogitTable([0, 0, 0], 2));

        Assert.Contains("3 logits are no whole rows of 2 classes", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new LogitTable([], 0));
    }
}
