using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Retort.Runs;

namespace Retort.Transfer;

/// <summary>
/// Texts on disk, decoded when they are asked for: <c>texts.bin</c>, one behind the other, and <c>offsets.bin</c>, int64, where
/// each begins and, last, where all end. A text stands as UTF-8; one that UTF-8 cannot hold (half of a surrogate pair) as the
/// byte 0xFF and its UTF-16 code units, so that each comes back exactly. Reading is thread-safe.
/// </summary>
internal sealed class TextStore : IReadOnlyList<string>, IDisposable
{
    // No UTF-8 text has this byte.
    private const byte AsUtf16 = 0xFF;

    private readonly string _folder;
    private readonly MappedArray<byte> _texts;
    private readonly MappedArray<long> _offsets;

    private TextStore(string folder, MappedArray<byte> texts, MappedArray<long> offsets) => (_folder, _texts, _offsets) = (folder, texts, offsets);

    public int Count => (int)(_offsets.Length - 1);

    public string this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            long start = _offsets[index], length = _offsets[index + 1L] - start;
            if (start < 0 || length < 0 || length > int.MaxValue || start + length > _texts.Length)
                throw Damaged(_folder, $"text {index} stands at {start} and has {length} bytes");
            ReadOnlySpan<byte> bytes = _texts.Slice(start, (int)length);
            return bytes is [AsUtf16, .. var units] ? new string(MemoryMarshal.Cast<byte, char>(units)) : Encoding.UTF8.GetString(bytes);
        }
    }

    /// <summary>Writes a store, whole or not at all.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="produce">Is given what adds a text.</param>
    public static void Write(string folder, Action<Action<string>> produce) =>
        AtomicFile.Write(TextsOf(folder), texts => AtomicFile.Write(OffsetsOf(folder), offsets =>
        {
            long end = 0;
            byte[] buffer = [];
            Offset();
            produce(text =>
            {
                ReadOnlySpan<byte> bytes = Bytes(text, ref buffer);
                texts.Write(bytes);
                end += bytes.Length;
                Offset();
            });

            void Offset() => offsets.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(ref end)));
        }));

    /// <summary>Opens a store.</summary>
    /// <exception cref="RetortException">There is none, or its files do not belong together.</exception>
    public static TextStore Open(string folder)
    {
        MappedArray<byte> texts = MappedArray<byte>.Open(TextsOf(folder));
        MappedArray<long>? offsets = null;
        try
        {
            offsets = MappedArray<long>.Open(OffsetsOf(folder));
            if (offsets.Length is < 1 or > int.MaxValue || offsets[0] != 0 || offsets[offsets.Length - 1] != texts.Length)
                throw Damaged(folder, $"its {texts.Length} bytes of texts are not those of its {offsets.Length} offsets");
            return new TextStore(folder, texts, offsets);
        }
        catch
        {
            texts.Dispose();
            offsets?.Dispose();
            throw;
        }
    }

    public IEnumerator<string> GetEnumerator()
    {
        for (int k = 0; k < Count; k++)
            yield return this[k];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        _texts.Dispose();
        _offsets.Dispose();
    }

    private static string TextsOf(string folder) => Path.Combine(folder, "texts.bin");

    private static string OffsetsOf(string folder) => Path.Combine(folder, "offsets.bin");

    private static ReadOnlySpan<byte> Bytes(string text, ref byte[] buffer)
    {
        if (buffer.Length < 3 * text.Length + 1)
            buffer = new byte[Math.Max(4096, 6 * text.Length + 1)];
        if (Utf8.FromUtf16(text, buffer, out _, out int written, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done)
            return buffer.AsSpan(0, written);
        buffer[0] = AsUtf16;
        ReadOnlySpan<byte> units = MemoryMarshal.AsBytes(text.AsSpan());
        units.CopyTo(buffer.AsSpan(1));
        return buffer.AsSpan(0, 1 + units.Length);
    }

    private static RetortException Damaged(string folder, string what) =>
        new($"{folder} is no readable store of texts: {what}; delete the folder, and the next run writes it anew");
}
