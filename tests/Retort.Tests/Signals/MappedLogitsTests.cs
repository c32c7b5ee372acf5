using Retort.Metrics;
using Retort.Signals;

namespace Retort.Tests.Signals;

public sealed class MappedLogitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_are_those_of_the_blocks_in_order()
    {
        using (var logits = MappedLogits.Write(_folder.Path, 2, [new LogitTable([1, 2, 3, 4], 2), new LogitTable([5, 6], 2)]))
        {
            Assert.Equal((3, 2), (logits.Count, logits.Classes));
            Assert.Equal([5f, 6, 1, 2], logits.Choose([2, 0]).Values);
            Assert.Throws<ArgumentOutOfRangeException>(() => logits.Choose([3]));
        }
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void An_error_in_a_block_leaves_no_file()
    {
        Assert.Throws<ArgumentException>(() => MappedLogits.Write(_folder.Path, 1, Enumerable.Range(0, 2).Select(k => new LogitTable([k == 0 ? 0 : float.NaN], 1))));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
