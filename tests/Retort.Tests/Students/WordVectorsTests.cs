using System.Text;
using Retort.Runs;
using Retort.Students;

namespace Retort.Tests.Students;

public sealed class WordVectorsTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"retort-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("the 1 -2.5 3e-1\ncat 4 5 6\n")]
    [InlineData("the 1 -2.5 3e-1\r\n\r\ncat 4 5 6")]
    [InlineData("2 3\nthe 1 -2.5 3e-1 \ncat 4 5 6 \n")]
    [InlineData("the 1 -2.5 3e-1\na b 7 8 9\ncat 4 5 6\ncat 0 0 0\n")]
    public void Words_that_are_asked_for_are_read(string content)
    {
        WordVectors vectors = Read(content, "the", "cat", "dog");
        Assert.Equal(3, vectors.Width);
        Assert.Equal(["cat", "the"], vectors.Vectors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1, -2.5f, 0.3f], vectors.Vectors["the"]);
        Assert.Equal([4, 5, 6], vectors.Vectors["cat"]);
    }

    [Fact]
    public void A_word_with_blanks_keeps_them() =>
        Assert.Equal([7, 8], Read("the 1 2\n. . 7 8\n", ". .").Vectors[". ."]);

    [Fact]
    public void Lines_longer_than_a_read_are_whole()
    {
        var content = new StringBuilder();
        for (int k = 0; k < 3000; k++)
            content.Append("word").Append(k).Insert(content.Length, " 0.125", 300).Append('\n');
        WordVectors vectors = Read(content.ToString(), "word0", "word1234", "word2999");
        Assert.Equal(300, vectors.Width);
        Assert.Equal(3, vectors.Vectors.Count);
        Assert.All(vectors.Vectors.Values.SelectMany(row => row), value => Assert.Equal(0.125f, value));
    }

    [Theory]
    [InlineData("the 1 2 3\ncat 1 2\n", "line 2", "a word and 3 numbers")]
    [InlineData("the 1 2 3\n\ncat 1 two 3\n", "line 3", "'two'")]
    [InlineData("the 1 2 3\ncat 1 NaN 3\n", "line 2", "'NaN'")]
    [InlineData("the 1 2 3\ncat 1 1e99 3\n", "line 2", "a finite number")]
    [InlineData("the 1 2 3\ncat 1  2 3 \n", "line 2", "a finite number")]
    [InlineData("word\n", "line 1", "1 fields")]
    [InlineData("", "holds no vectors", "GloVe")]
    public void A_bad_line_is_named(string content, params string[] said)
    {
        var error = Assert.Throws<RetortException>(() => Read(content, "the", "cat", "cat 1"));
        Assert.Contains(_file, error.Message, StringComparison.Ordinal);
        Assert.All(said, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void An_endless_line_is_refused()
    {
        var error = Assert.Throws<RetortException>(() => Read("the 1 2\n" + new string('x', 2 << 20), "the"));
        Assert.Contains("line 2: longer than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Assert.Throws<RetortException>(() => WordVectors.Read(_file, ["the"], TestContext.Current.CancellationToken));
        Assert.Contains(_file, error.Message, StringComparison.Ordinal);
    }

    private WordVectors Read(string content, params string[] words)
    {
        File.WriteAllText(_file, content);
        return WordVectors.Read(_file, words, TestContext.Current.CancellationToken);
    }
}
