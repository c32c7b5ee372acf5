using System.Buffers.Binary;
using System.Text;

namespace Retort.Tests.Training;

/// <summary>An event of a TensorBoard file.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Version">Of the file, in its first event.</param>
/// <param name="IsStart">Whether a session begins: later steps of earlier files do not count.</param>
/// <param name="Scalars">By name.</param>
internal sealed record TensorBoardEvent(long Step, string? Version, bool IsStart, IReadOnlyDictionary<string, float> Scalars);

/// <summary>
/// Reads TFRecords and the wire format of protocol buffers from their specifications, with a checksum computed bit by bit: nothing is
/// shared with what writes the files.
/// </summary>
internal static class TensorBoardFile
{
    public static IReadOnlyList<TensorBoardEvent> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var events = new List<TensorBoardEvent>();
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Assert.Equal(Mask(Crc(file.AsSpan(at, 8))), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            Assert.Equal(Mask(Crc(file.AsSpan(at + 12, length))), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            events.Add(Event(file.AsSpan(at + 12, length)));
            at += length + 16;
        }
        return events;
    }

    /// <summary>The files of a folder one after the other; where a session begins, what was logged of its step and later ones is void.</summary>
    public static IReadOnlyList<TensorBoardEvent> ReadFolder(string folder)
    {
        var events = new List<TensorBoardEvent>();
        foreach (TensorBoardEvent one in Directory.GetFiles(folder).Order(StringComparer.Ordinal).SelectMany(Read))
        {
            if (one.IsStart)
                events.RemoveAll(before => before.Step >= one.Step);
            if (one.Scalars.Count > 0)
                events.Add(one);
        }
        return events;
    }

    /// <summary>CRC-32C (Castagnoli), a bit at a time.</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte one in data)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }
        return crc ^ 0xFFFFFFFF;
    }

    private static uint Mask(uint crc) => unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);

    private static TensorBoardEvent Event(ReadOnlySpan<byte> record)
    {
        long step = 0;
        string? version = null;
        bool start = false;
        var scalars = new Dictionary<string, float>();
        foreach ((int field, byte[] content) in Fields(record))
        {
            switch (field)
            {
                case 1:
                    Assert.InRange(BitConverter.ToDouble(content), 1.6e9, 1e11);
                    break;
                case 2:
                    step = BitConverter.ToInt64(content);
                    break;
                case 3:
                    version = Encoding.UTF8.GetString(content);
                    break;
                case 5:
                    foreach ((int _, byte[] value) in Fields(content))
                    {
                        Dictionary<int, byte[]> parts = Fields(value).ToDictionary();
                        scalars.Add(Encoding.UTF8.GetString(parts[1]), BitConverter.ToSingle(parts[2]));
                    }
                    break;
                case 7:
                    start = BitConverter.ToInt64(Fields(content).ToDictionary()[1]) == 1;
                    break;
                default:
                    Assert.Fail($"field {field} is none of an event");
                    break;
            }
        }
        return new TensorBoardEvent(step, version, start, scalars);
    }

    /// <summary>Numbers are given as their bytes: a varint as 8, little endian.</summary>
    private static List<KeyValuePair<int, byte[]>> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new List<KeyValuePair<int, byte[]>>();
        while (message.Length > 0)
        {
            ulong tag = Varint(ref message);
            byte[] content;
            switch (tag & 7)
            {
                case 0:
                    content = BitConverter.GetBytes(Varint(ref message));
                    break;
                case 1:
                    content = Take(ref message, 8);
                    break;
                case 2:
                    content = Take(ref message, checked((int)Varint(ref message)));
                    break;
                default:
                    Assert.Equal(5u, tag & 7);
                    content = Take(ref message, 4);
                    break;
            }
            fields.Add(new((int)(tag >> 3), content));
        }
        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = Take(ref message, 1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private static byte[] Take(ref ReadOnlySpan<byte> message, int count)
    {
        byte[] taken = message[..count].ToArray();
        message = message[count..];
        return taken;
    }
}
