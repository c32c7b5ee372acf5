using Retort.Runs;

namespace Retort.Tests.Runs;

public sealed class KeyTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What a dictionary does, over several doublings.</summary>
    [Fact]
    public void It_is_a_dictionary()
    {
        var random = new SeededRandom(1);
        var expected = new Dictionary<UInt128, long>();
        using (var table = new KeyTable(_folder.Path))
        {
            Assert.False(table.TryGet(7, out _));
            for (int k = 0; k < 20_000; k++)
            {
                // Every third key comes again, and keys of few bits crowd together.
                UInt128 key = k % 3 == 0 ? (UInt128)random.Below(4000) : new UInt128(random.Next(), random.Next());
                Assert.Equal(!expected.ContainsKey(key), table.Put(key, k));
                expected[key] = k;
            }
            Assert.Equal(expected.Count, table.Count);
            Assert.All(expected, pair => Assert.True(table.TryGet(pair.Key, out long value) && value == pair.Value));
            Assert.False(table.TryGet(new UInt128(1, 1), out _));
        }
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Keys_that_differ_in_one_half_are_different()
    {
        using var table = new KeyTable(_folder.Path);
        Assert.True(table.Put(new UInt128(1, 5), 1));
        Assert.True(table.Put(new UInt128(2, 5), 2));
        Assert.True(table.Put(0, 3));
        Assert.True(table.TryGet(new UInt128(1, 5), out long first) && first == 1);
        Assert.True(table.TryGet(new UInt128(2, 5), out long second) && second == 2);
        Assert.True(table.TryGet(0, out long zero) && zero == 3);
        Assert.False(table.TryGet(new UInt128(3, 5), out _));
    }
}
