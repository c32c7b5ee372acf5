using System.Collections;
using Retort.Data;
using Retort.Transfer;

namespace Retort.Tests.Transfer;

public sealed class RepeatedKeysTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The announced number decides over how many files the keys are spread.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1024, 1)]
    [InlineData(1025, 1 << 19)]
    [InlineData(60_000, 1 << 23)]
    public void They_are_those_that_an_earlier_text_has(int count, int announced)
    {
        var random = new Random(count);
        UInt128[] keys = [.. Enumerable.Range(0, count).Select(_ => TextKey.Exact($"{random.Next(count)}"))];
        var seen = new HashSet<UInt128>();
        bool[] expected = Array.ConvertAll(keys, key => !seen.Add(key));
        var marked = new BitArray(count);
        using (var repeated = new RepeatedKeys(announced, _folder.Path))
        {
            for (int k = 0; k < count; k++)
                repeated.Add(k, keys[k]);
            Assert.Equal(expected.Count(one => one), repeated.Mark(marked));
        }
        Assert.Equal(expected, marked.Cast<bool>());
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Half_of_a_key_is_not_a_key()
    {
        var marked = new BitArray(4);
        using var repeated = new RepeatedKeys(4, _folder.Path);
        foreach ((int text, UInt128 key) in new[] { new UInt128(1, 2), new UInt128(1, 3), new UInt128(2, 2), new UInt128(1, 2) }.Index())
            repeated.Add(text, key);
        Assert.Equal(1, repeated.Mark(marked));
        Assert.True(marked[3]);
    }
}
