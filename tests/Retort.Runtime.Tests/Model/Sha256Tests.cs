using System.Security.Cryptography;
using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

public sealed class Sha256Tests
{
    [Fact]
    public void It_is_the_frameworks_for_every_length_around_a_block()
    {
        for (int length = 0; length < 200; length++)
        {
            byte[] data = Data(length);
            var own = new Sha256();
            own.Append(data);
            Assert.Equal(SHA256.HashData(data), own.Finish());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Pieces_hash_as_the_whole(int piece)
    {
        byte[] data = Data(3001);
        var own = new Sha256();
        for (int k = 0; k < data.Length; k += piece)
            own.Append(data.AsSpan(k, Math.Min(piece, data.Length - k)));
        Assert.Equal(SHA256.HashData(data), own.Finish());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(700_000)]
    public void Files_hash_alike_with_and_without_the_platform(int length)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, Data(length));
            using var handle = File.OpenHandle(file);
            string expected = Convert.ToHexStringLower(SHA256.HashData(Data(length)));
            Assert.Equal(expected, Digest.OfFile(handle, platform: false));
            Assert.Equal(expected, Digest.OfFile(handle, platform: true));
            Assert.Equal(expected, Digest.OfFile(handle));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static byte[] Data(int length)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }
}
