using Retort.Runs;
using Retort.Transfer;

namespace Retort.Tests.Transfer;

public sealed class TextStoreTests : IDisposable
{
    private static readonly string[] Texts =
        ["a film", "", "沪燃收跌", "é\ud83d\ude00", "\ud83d", "\ude00 turned \ud83d", "a\tb\nc\0d", "\ufffd", new('x', 100_000), "\u00ff", "end"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_text_comes_back_code_unit_by_code_unit()
    {
        Write(Texts);
        using TextStore store = TextStore.Open(_folder.Path);
        Assert.Equal(Texts.Length, store.Count);
        // An equality of code units: half of a surrogate pair is not the replacement character.
        Assert.All(Texts, (text, k) => Assert.True(string.Equals(text, store[k], StringComparison.Ordinal), $"text {k}"));
        Assert.True(Texts.SequenceEqual(store, StringComparer.Ordinal));
        Assert.Throws<ArgumentOutOfRangeException>(() => store[Texts.Length]);
        Assert.Throws<ArgumentOutOfRangeException>(() => store[-1]);
    }

    [Fact]
    public void Several_threads_may_read_at_once()
    {
        string[] texts = [.. Enumerable.Range(0, 5000).Select(k => $"number {k * 7919}")];
        Write(texts);
        using TextStore store = TextStore.Open(_folder.Path);
        Parallel.For(0, 50_000, k => Assert.Equal(texts[k % 5000], store[k % 5000]));
    }

    [Fact]
    public void No_texts_and_empty_ones_are_stores_too()
    {
        Write([]);
        using (TextStore none = TextStore.Open(_folder.Path))
            Assert.Empty(none);
        Write(["", ""]);
        using TextStore empty = TextStore.Open(_folder.Path);
        Assert.Equal(["", ""], empty);
    }

    [Fact]
    public void An_error_while_it_is_written_leaves_the_old_one_as_it_was()
    {
        Write(["old"]);
        Assert.Throws<RetortException>(() => TextStore.Write(_folder.Path, add =>
        {
            add("new");
            throw new RetortException("a bad row");
        }));
        using TextStore store = TextStore.Open(_folder.Path);
        Assert.Equal(["old"], store);
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Theory]
    [InlineData("texts.bin", 0)]
    [InlineData("texts.bin", 5)]
    [InlineData("texts.bin", -1)]
    [InlineData("offsets.bin", 0)]
    [InlineData("offsets.bin", 8)]
    [InlineData("offsets.bin", 17)]
    [InlineData("offsets.bin", -1)]
    public void A_file_that_was_cut_or_is_gone_is_refused(string file, int length)
    {
        Write(["one", "two"]);
        if (length < 0)
            File.Delete(_folder[file]);
        else
            File.WriteAllBytes(_folder[file], File.ReadAllBytes(_folder[file])[..length]);
        var error = Assert.Throws<RetortException>(() => TextStore.Open(_folder.Path));
        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_offset_that_leads_elsewhere_is_refused_when_its_text_is_asked_for()
    {
        Write(["one", "two", "three"]);
        byte[] offsets = File.ReadAllBytes(_folder["offsets.bin"]);
        offsets[8] = 200;
        File.WriteAllBytes(_folder["offsets.bin"], offsets);
        using TextStore store = TextStore.Open(_folder.Path);
        Assert.Contains("text 0 stands at 0 and has 200 bytes", Assert.Throws<RetortException>(() => store[0]).Message, StringComparison.Ordinal);
        Assert.Throws<RetortException>(() => store[1]);
        Assert.Equal("three", store[2]);
    }

    private void Write(IEnumerable<string> texts) => TextStore.Write(_folder.Path, add =>
    {
        foreach (string text in texts)
            add(text);
    });
}
