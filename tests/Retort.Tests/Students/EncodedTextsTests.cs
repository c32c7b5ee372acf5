using Retort.Students;
using Retort.Tests.Distillation;

namespace Retort.Tests.Students;

public sealed class EncodedTextsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40_000)]
    public void They_are_what_the_encoder_says_of_each(int count)
    {
        using StudentBlueprint blueprint = ToyCorpus.Blueprint();
        string[] texts = [.. Enumerable.Range(0, count).Select(k => k % 11 == 0 ? " " : string.Join(' ', Enumerable.Repeat(ToyCorpus.Text(k), 1 + k % 3)))];
        using (var encoded = EncodedTexts.Of(blueprint.Encoder, texts, _folder.Path, TestContext.Current.CancellationToken))
        {
            int[][] expected = blueprint.Encoder.EncodeAll(texts, TestContext.Current.CancellationToken);
            Assert.Equal(expected, encoded);
            Assert.Equal(expected.Select(text => text.Length), encoded.Lengths);
            Assert.Throws<ArgumentOutOfRangeException>(() => encoded[count]);
            Assert.Throws<ArgumentOutOfRangeException>(() => encoded[-1]);
        }
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
