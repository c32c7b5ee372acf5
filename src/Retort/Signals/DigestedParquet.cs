using Parquet;
using Parquet.Schema;
using Retort.Runs;

namespace Retort.Signals;

/// <summary>Parquet files of a cache, each with its digest beside it, whose rows begin with a text's key: <c>key</c> (16 bytes).</summary>
internal static class DigestedParquet
{
    private const string KeyName = "key";

    /// <summary>Writes a file of one group of rows, whole or not at all.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="keys">One a row.</param>
    /// <param name="columns">Those behind the key.</param>
    /// <param name="write">Writes them, in order.</param>
    public static void Write(string path, SignalKey[] keys, IEnumerable<Field> columns, Func<ParquetRowGroupWriter, Task> write)
    {
        using var file = new MemoryStream();
        WriteAsync().GetAwaiter().GetResult();
        byte[] bytes = file.ToArray();
        // The digest first: a file that stands there always has one.
        AtomicFile.WriteText(DigestOf(path), ContentHash.OfBytes(bytes) + "\n");
        AtomicFile.Write(path, stream => stream.Write(bytes));

        async Task WriteAsync()
        {
            var key = new DataField<byte[]>(KeyName, nullable: false);
            // Neither floats nor hashes compress.
            var options = new ParquetOptions { CompressionMethod = CompressionMethod.None };
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema([key, .. columns]), file, options);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(key, Array.ConvertAll(keys, one => one.ToArray()));
            await write(group);
            group.CompleteValidate();
        }
    }

    /// <summary>Reads of a file what is asked for.</summary>
    /// <exception cref="InvalidDataException">It is not what its digest says.</exception>
    public static async Task<T> ReadAsync<T>(string path, Func<ParquetReader, ParquetRowGroupReader, Task<T>> read)
    {
        // A Parquet reader trusts the lengths in its file: it is given no damaged one.
        byte[] bytes = await File.ReadAllBytesAsync(path);
        if (!File.Exists(DigestOf(path)) || (await File.ReadAllTextAsync(DigestOf(path))).TrimEnd() != ContentHash.OfBytes(bytes))
            throw new InvalidDataException("its content is not what its .sha256 file says");
        await using var stream = new MemoryStream(bytes);
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream);
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        return await read(reader, group);
    }

    /// <summary>The keys of a group, in row order.</summary>
    public static async Task<SignalKey[]> KeysAsync(ParquetReader reader, ParquetRowGroupReader group)
    {
        byte[]?[] keys = new byte[group.RowCount][];
        await group.ReadAsync(reader.Schema.FindDataField(KeyName), keys.AsMemory());
        return Array.ConvertAll(keys, key => SignalKey.Read(key));
    }

    private static string DigestOf(string path) => Path.ChangeExtension(path, ".sha256");
}
