using System.Runtime.InteropServices;
using Retort.Runs;

namespace Retort.Tests.Runs;

public sealed class MappedArrayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_temporary_one_holds_what_is_written_and_is_gone_when_it_is_closed()
    {
        using (var zeros = MappedArray<long>.Temporary(_folder.Path, 10_000))
        using (var written = MappedArray<int>.Temporary(_folder.Path, file => file.Write(MemoryMarshal.AsBytes([1, 2, 3]))))
        {
            Assert.Equal((10_000, 3), (zeros.Length, written.Length));
            Assert.Equal(0, zeros[9999]);
            zeros[9999] = long.MinValue;
            Assert.Equal(long.MinValue, zeros[9999]);
            Assert.Equal([2, 3], written.Slice(1, 2).ToArray());
        }
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Outside_of_it_nothing_is_read()
    {
        var array = MappedArray<int>.Temporary(_folder.Path, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => { array.Slice(2, 2); });
        array.Dispose();
        Assert.Throws<ObjectDisposedException>(() => array[0]);
    }

    [Fact]
    public void None_is_an_array_too()
    {
        using var none = MappedArray<int>.Temporary(_folder.Path, _ => { });
        Assert.Equal(0, none.Length);
        Assert.Empty(none.Slice(0, 0).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => none[0]);
    }

    [Fact]
    public void An_error_while_it_is_written_leaves_no_file()
    {
        Assert.Throws<InvalidDataException>(() => MappedArray<int>.Temporary(_folder.Path, _ => throw new InvalidDataException()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_file_is_read_where_it_holds_whole_values()
    {
        using (var file = MappedArray<int>.Open(_folder.Write("two", MemoryMarshal.AsBytes([7, 8]).ToArray())))
        {
            Assert.Equal((2, 8), (file.Length, file[1]));
            Assert.Throws<NotSupportedException>(() => file[0] = 1);
        }
        string torn = _folder.Write("torn", new byte[7]);
        Assert.Equal($"{torn} has 7 bytes: expected a multiple of 4; it is damaged", Assert.Throws<RetortException>(() => MappedArray<int>.Open(torn)).Message);
        Assert.Throws<RetortException>(() => MappedArray<int>.Open(_folder["none"]));
    }
}
