using System.Buffers.Binary;
using System.Text;
using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

/// <summary>Breaks a good file in thousands of ways: the reader refuses it, or reads what stands there.</summary>
public sealed class SafetensorsMutationTests : IDisposable
{
    private const int Mutants = 6000;
    private const long MostAllocated = 4_000_000;

    private const string Header = """
        {"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"h":{"dtype":"F16","shape":[5],"data_offsets":[24,34]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[34,36]},"m":{"dtype":"BOOL","shape":[],"data_offsets":[36,37]}}
        """;

    private static readonly string[] Numbers =
        ["0", "1", "2", "23", "25", "37", "-1", "1.0", "1e2", "4294967296", "9223372036854775807", "18446744073709551616", "null", "\"1\""];

    private static readonly string[] Pieces =
        ["\"w\"", "\"h\"", "\"F32\"", "\"F16\"", "\"I64\"", "\"F99\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "{", "}", "[", "]", ",", ":", "\\ud800", "{}", "[[", "__metadata__"];

    private readonly SafetensorsSamples _samples = new();

    public void Dispose() => _samples.Dispose();

    [Fact]
    public void A_mutant_is_refused_as_invalid_data_or_read_as_it_stands()
    {
        var random = new Random(20);
        int refused = 0, read = 0;
        string path = _samples.NewPath();
        for (int k = 0; k < Mutants; k++)
        {
            byte[] mutant = Mutate(random);
            File.WriteAllBytes(path, mutant);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                ReadAll(file, mutant);
                read++;
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        }
        // Both sides must have been exercised, or the mutations are too mild or too wild.
        Assert.InRange(refused, Mutants / 2, Mutants);
        Assert.InRange(read, Mutants / 100, Mutants);
    }

    private static void ReadAll(SafetensorsFile file, byte[] content)
    {
        long covered = 0;
        foreach (TensorEntry entry in file.Tensors.Values)
        {
            byte[] bytes = new byte[entry.ByteLength];
            file.ReadBytes(entry.Name, bytes);
            Assert.Equal(content.AsSpan((int)entry.Offset, bytes.Length).ToArray(), bytes);
            covered += entry.ByteLength;
            Assert.Equal(entry.ElementCount, entry.Shape.Aggregate(1L, (product, size) => product * size));
            if (entry.Type is TensorType.F32 or TensorType.F16 or TensorType.BF16)
                Assert.Equal(entry.ElementCount, file.ReadSingles(entry.Name).Length);
        }
        Assert.Equal(content.Length - 8 - BinaryPrimitives.ReadInt64LittleEndian(content), covered);
    }

    private static byte[] Mutate(Random random)
    {
        string header = Header;
        byte[] data = new byte[37];
        random.NextBytes(data);
        for (int changes = random.Next(1, 3); changes > 0; changes--)
            header = random.Next(5) == 0 ? header : MutateHeader(header, random);
        byte[] file = SafetensorsSamples.Bytes(header, data);
        for (int changes = random.Next(3); changes > 0 && file.Length > 0; changes--)
            file = MutateBytes(file, random);
        return file;
    }

    private static string MutateHeader(string header, Random random)
    {
        int[] digits = [.. Enumerable.Range(0, header.Length).Where(k => char.IsDigit(header[k]))];
        int at = random.Next(header.Length), other = random.Next(header.Length);
        switch (random.Next(5))
        {
            case 0 when digits.Length > 0:
                int start = digits[random.Next(digits.Length)], end = start;
                while (end < header.Length && char.IsDigit(header[end]))
                    end++;
                return header[..start] + Numbers[random.Next(Numbers.Length)] + header[end..];
            case 1:
                return header.Insert(at, Pieces[random.Next(Pieces.Length)]);
            case 2:
                return header.Remove(Math.Min(at, other), Math.Abs(at - other));
            case 3:
                // A tensor's whole entry, or any other stretch, twice.
                return header.Insert(at, header.Substring(Math.Min(at, other), Math.Abs(at - other)));
            default:
                string piece = Pieces[random.Next(Pieces.Length)];
                return header.Replace(piece, Pieces[random.Next(Pieces.Length)], StringComparison.Ordinal);
        }
    }

    private static byte[] MutateBytes(byte[] file, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                file[random.Next(file.Length)] = (byte)random.Next(256);
                return file;
            case 1:
                return file[..random.Next(file.Length)];
            case 2:
                return [.. file, .. Encoding.UTF8.GetBytes("{}"), (byte)random.Next(256)];
            default:
                if (file.Length >= 8)
                    BinaryPrimitives.WriteInt64LittleEndian(file, random.Next(4) == 0 ? random.NextInt64() : random.Next(300));
                return file;
        }
    }
}
