using Retort.Fractionation.States;
using Retort.Runs;

namespace Retort.Tests.Fractionation.States;

public sealed class StateRowsTests
{
    [Fact]
    public void Blocks_bring_all_rows_in_order()
    {
        StateRows states = RandomStates.Source([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 2);
        (int Start, float[] Values)[] blocks = [.. states.Blocks(2, CancellationToken.None)];
        Assert.Equal([0, 2, 4], blocks.Select(block => block.Start));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], blocks.SelectMany(block => block.Values));
        Assert.Equal([9, 10, 3, 4], states.Gather([4, 1]));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_is_not_finite_is_named_by_row_and_place(float bad)
    {
        StateRows states = RandomStates.Source([1, 2, 3, 4, 5, bad], 2);
        RetortException error = Assert.Throws<RetortException>(() => states.Blocks(2, CancellationToken.None).Count());
        Assert.StartsWith($"number 1 of the source state in row 2 is {bad}: expected finite numbers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_that_brings_too_little_is_refused()
    {
        var states = new StateRows("source", 10, 3, (_, _) => [1, 2, 3]);
        Assert.Equal("the source states from row 4 on are 3 numbers: expected 2 rows of 3, 6",
            Assert.Throws<RetortException>(() => states.Read(4, 2)).Message);
    }

    [Fact]
    public void An_empty_target_or_one_of_another_width_is_refused()
    {
        StateRows source = RandomStates.Source(new float[6], 3);
        Assert.StartsWith("there are no target states: expected at least one text",
            Assert.Throws<RetortException>(() => source.RequireTarget(RandomStates.Target([], 3))).Message, StringComparison.Ordinal);
        Assert.StartsWith("the source states are 3 wide and the target states 2: expected one width",
            Assert.Throws<RetortException>(() => source.RequireTarget(RandomStates.Target([1, 2], 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unit_rows_have_length_1_at_any_size_and_zeros_stay()
    {
        float large = MathF.ScaleB(1, 120), small = MathF.ScaleB(1, -120);
        float[] unit = UnitRows.Of([3 * large, 4 * large, 0, 0, 3 * small, -4 * small], 2);
        Assert.Equal([0.6f, 0.8f, 0, 0, 0.6f, -0.8f], unit);
    }
}
