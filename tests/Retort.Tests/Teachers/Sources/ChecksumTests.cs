using Retort.Teachers.Sources;

namespace Retort.Tests.Teachers.Sources;

public sealed class ChecksumTests
{
    // The expected digits are those of sha256sum and of git hash-object.
    [Theory]
    [InlineData("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")]
    [InlineData("ce013625030ba8dba906f756967f9e9ca394464a")]
    public async Task A_file_has_the_checksum_that_the_usual_tools_print(string expected)
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "hello\n", TestContext.Current.CancellationToken);
            Assert.Equal(expected, await new Checksum(expected).OfFileAsync(path, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("\"ce013625030ba8dba906f756967f9e9ca394464a\"", "ce013625030ba8dba906f756967f9e9ca394464a")]
    [InlineData("W/\"CE013625030BA8DBA906F756967F9E9CA394464A\"", "ce013625030ba8dba906f756967f9e9ca394464a")]
    [InlineData("\"ce013625\"", null)]
    [InlineData("\"ge013625030ba8dba906f756967f9e9ca394464a\"", null)]
    [InlineData(null, null)]
    public void A_tag_is_a_checksum_only_where_it_has_the_digits_of_one(string? tag, string? expected) =>
        Assert.Equal(expected, Checksum.FromETag(tag)?.Hex);
}
