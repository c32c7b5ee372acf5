using Retort.Data;

namespace Retort.Tests.Data;

public sealed class JoinedTextsTests
{
    [Fact]
    public void Lists_follow_each_other()
    {
        var joined = new JoinedTexts(["a"], [], new JoinedTexts(["b", "c"], ["d"]));
        Assert.Equal(4, joined.Count);
        Assert.Equal(["a", "b", "c", "d"], joined);
        Assert.Equal(["a", "b", "c", "d"], Enumerable.Range(0, 4).Select(k => joined[k]));
        Assert.Throws<ArgumentOutOfRangeException>(() => joined[4]);
        Assert.ThrowsAny<Exception>(() => joined[-1]);
    }
}
