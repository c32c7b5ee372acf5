using Parquet;
using Parquet.Schema;
using Retort.Runs;

namespace Retort.Signals;

/// <summary>
/// One Parquet file of signals: <c>key</c> (16 bytes), <c>logit_0</c> … (float), <c>pooled</c> (list of float, absent where
/// no pooled state is stored).
/// </summary>
internal static class SignalShard
{
    /// <summary>Writes a shard, whole or not at all.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="keys">One a row.</param>
    /// <param name="logits">(rows × classes)</param>
    /// <param name="pooled">(rows × hidden), or empty.</param>
    public static void Write(string path, SignalKey[] keys, float[] logits, float[] pooled)
    {
        int classes = logits.Length / keys.Length, hidden = pooled.Length / keys.Length;
        DataField<float>[] columns = Enumerable.Range(0, classes).Select(c => new DataField<float>($"logit_{c}")).ToArray();
        var vector = new DataField("pooled", typeof(float), isNullable: false, isArray: true);
        DigestedParquet.Write(path, keys, [.. columns, .. hidden > 0 ? [vector] : Array.Empty<Field>()], async group =>
        {
            for (int c = 0; c < classes; c++)
            {
                float[] column = Enumerable.Range(0, keys.Length).Select(row => logits[row * classes + c]).ToArray();
                await group.WriteAsync<float>(columns[c], column.AsMemory());
            }
            if (hidden == 0)
                return;
            // A row's first value opens its list.
            int[] levels = Enumerable.Range(0, pooled.Length).Select(k => k % hidden == 0 ? 0 : 1).ToArray();
            await group.WriteAsync<float>(vector, pooled.AsMemory(), levels.AsMemory());
        });
    }

    /// <summary>A shard's keys in row order.</summary>
    public static SignalKey[] ReadKeys(string path) => Open(path, DigestedParquet.KeysAsync);

    /// <summary>(rows × classes)</summary>
    public static float[] ReadLogits(string path, int classes) => Open(path, async (reader, group) =>
    {
        float[] logits = new float[group.RowCount * classes], column = new float[group.RowCount];
        for (int c = 0; c < classes; c++)
        {
            await group.ReadAsync<float>(reader.Schema.FindDataField($"logit_{c}"), column.AsMemory());
            for (int row = 0; row < column.Length; row++)
                logits[row * classes + c] = column[row];
        }
        return logits;
    });

    /// <summary>(rows × hidden)</summary>
    public static float[] ReadPooled(string path, int hidden) => Open(path, async (reader, group) =>
    {
        float[] pooled = new float[group.RowCount * hidden];
        int[] definitions = new int[pooled.Length], repetitions = new int[pooled.Length];
        await group.ReadRawAsync<float>(reader.Schema.FindDataField("pooled"), pooled.AsMemory(), definitions.AsMemory(),
            repetitions.AsMemory());
        return pooled;
    });

    private static T Open<T>(string path, Func<ParquetReader, ParquetRowGroupReader, Task<T>> read)
    {
        try
        {
            return DigestedParquet.ReadAsync(path, read).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not RetortException and not OutOfMemoryException)
        {
            throw new RetortException($"{path} is not a readable shard of signals ({e.Message}): delete it, and "
                + "`retort label` computes what it held anew", e);
        }
    }
}
