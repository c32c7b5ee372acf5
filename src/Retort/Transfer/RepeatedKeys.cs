using System.Collections;
using System.Runtime.InteropServices;
using Retort.Runs;

namespace Retort.Transfer;

/// <summary>
/// Finds which of many 128-bit keys repeat an earlier one, exactly and with little memory: the keys are spread over files by
/// their value, so that equal ones meet in one file, and each file is looked through by itself.
/// </summary>
internal sealed class RepeatedKeys : IDisposable
{
    /// <summary>Keys a file, about: what is held in memory at once.</summary>
    private const int KeysPerPart = 1 << 18;

    private const int MostParts = 1 << 10;

    private readonly FileStream[] _parts;

    /// <param name="count">How many keys there will be, about.</param>
    /// <param name="folder">Where the files stand until this is closed.</param>
    public RepeatedKeys(int count, string folder)
    {
        _parts = new FileStream[Math.Clamp(count / KeysPerPart, 1, MostParts)];
        for (int k = 0; k < _parts.Length; k++)
            _parts[k] = TemporaryFile.Open(folder);
    }

    /// <summary>Adds the key of a text; those of later texts come later.</summary>
    public void Add(int text, UInt128 key) =>
        _parts[(int)((ulong)key % (ulong)_parts.Length)].Write(MemoryMarshal.AsBytes([new Entry((ulong)(key >> 64), (ulong)key, text)]));

    /// <summary>Marks the texts whose key an earlier text has.</summary>
    /// <returns>How many they are.</returns>
    public int Mark(BitArray texts)
    {
        var seen = new HashSet<UInt128>();
        Span<byte> bytes = MemoryMarshal.AsBytes(new Entry[1 << 10].AsSpan());
        int repeated = 0;
        foreach (FileStream part in _parts)
        {
            seen.Clear();
            part.Position = 0;
            for (int read = int.MaxValue; read >= bytes.Length;)
            {
                read = part.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                foreach (Entry entry in MemoryMarshal.Cast<byte, Entry>(bytes[..read]))
                {
                    if (seen.Add(new UInt128(entry.High, entry.Low)))
                        continue;
                    texts[(int)entry.Text] = true;
                    repeated++;
                }
            }
        }
        return repeated;
    }

    public void Dispose()
    {
        foreach (FileStream part in _parts)
            part?.Dispose();
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Entry(ulong High, ulong Low, long Text);
}
