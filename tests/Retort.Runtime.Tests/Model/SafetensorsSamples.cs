using System.Buffers.Binary;
using System.Text;
using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

/// <summary>Builds safetensors files by hand, right and wrong, and opens them.</summary>
internal sealed class SafetensorsSamples : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;

    public string NewPath() => Path.Combine(_folder, $"{Guid.NewGuid():N}.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The bytes of a file: length, header, data.</summary>
    public static byte[] Bytes(string header, params byte[] data) => Bytes(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Bytes(byte[] header, byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    public SafetensorsFile Open(byte[] content)
    {
        string path = NewPath();
        File.WriteAllBytes(path, content);
        return SafetensorsFile.Open(path);
    }

    public SafetensorsFile Write(
        TensorDeclaration[] tensors, Action<SafetensorsWriter> write, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string path = NewPath();
        using (FileStream stream = File.Create(path))
        {
            var writer = new SafetensorsWriter(stream, tensors, metadata);
            write(writer);
            writer.Complete();
        }
        return SafetensorsFile.Open(path);
    }
}
