using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;

namespace Retort.Training;

/// <summary>
/// Scalars by step as TensorBoard reads them: a file of TFRecords, each an <c>Event</c> of TensorFlow's <c>event.proto</c>. A training that
/// is resumed begins a further file in the folder and says from which step on what came before does not hold.
/// </summary>
internal sealed class EventLog : IDisposable
{
    // Field numbers of event.proto and summary.proto.
    private const int WallTime = 1, Step = 2, FileVersion = 3, SummaryField = 5, SessionField = 7, SummaryValue = 1, ValueTag = 1, ValueSimple = 2, SessionStatus = 1;

    private const int SessionStart = 1;

    private const string Prefix = "events.out.tfevents.";

    private readonly FileStream _file;
    private readonly TimeProvider _clock;

    private EventLog(FileStream file, TimeProvider clock) => (_file, _clock) = (file, clock);

    /// <summary>Begins a file in a folder.</summary>
    /// <param name="folder">Of this training alone; is made where it is not there.</param>
    /// <param name="step">Steps that are taken already. 0: what an earlier training has left is deleted; else its later steps do not count.</param>
    /// <param name="clock">The system's by default.</param>
    public static EventLog Begin(string folder, long step, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        Directory.CreateDirectory(folder);
        string[] before = Directory.GetFiles(folder, Prefix + "*");
        if (step == 0)
            Array.ForEach(before, File.Delete);
        // TensorBoard takes files in the order of their names.
        string name = FormattableString.Invariant($"{Prefix}{clock.GetUtcNow().ToUnixTimeSeconds():0000000000}.{(step == 0 ? 0 : before.Length):000}");
        var log = new EventLog(new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.Read), clock);
        log.Append(0, output =>
        {
            output.WriteTag(FileVersion, WireFormat.WireType.LengthDelimited);
            output.WriteString("brain.Event:2");
        });
        if (step > 0)
        {
            log.Append(step + 1, output =>
            {
                output.WriteTag(SessionField, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(Message(session =>
                {
                    session.WriteTag(SessionStatus, WireFormat.WireType.Varint);
                    session.WriteEnum(SessionStart);
                }));
            });
        }
        return log;
    }

    /// <summary>Adds scalars of one step; what is not a number is left out.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="scalars">By name, such as <c>eval/accuracy</c>.</param>
    public void Add(long step, IEnumerable<(string Name, double Value)> scalars)
    {
        ByteString summary = Message(output =>
        {
            foreach ((string name, double value) in scalars.Where(scalar => !double.IsNaN(scalar.Value)))
            {
                output.WriteTag(SummaryValue, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(Message(scalar =>
                {
                    scalar.WriteTag(ValueTag, WireFormat.WireType.LengthDelimited);
                    scalar.WriteString(name);
                    scalar.WriteTag(ValueSimple, WireFormat.WireType.Fixed32);
                    scalar.WriteFloat((float)value);
                }));
            }
        });
        Append(step, output =>
        {
            output.WriteTag(SummaryField, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(summary);
        });
    }

    public void Dispose() => _file.Dispose();

    private void Append(long step, Action<CodedOutputStream> what)
    {
        ByteString record = Message(output =>
        {
            output.WriteTag(WallTime, WireFormat.WireType.Fixed64);
            output.WriteDouble(_clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
            output.WriteTag(Step, WireFormat.WireType.Varint);
            output.WriteInt64(step);
            what(output);
        });
        // Length and its checksum, the record and its checksum, in one write: a reader that is there meanwhile sees whole records.
        byte[] framed = new byte[12 + record.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(framed, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(8), Checksum(framed.AsSpan(0, 8)));
        record.CopyTo(framed, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(12 + record.Length), Checksum(record.Span));
        _file.Write(framed);
        _file.Flush();
    }

    /// <summary>CRC-32C, masked as TFRecord masks it, so that a checksum of data that hold checksums is not a bad one.</summary>
    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint checksum = uint.MaxValue;
        foreach (byte one in data)
            checksum = BitOperations.Crc32C(checksum, one);
        return BitOperations.RotateRight(~checksum, 15) + 0xa282ead8;
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
            write(output);
        return ByteString.CopyFrom(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}
