using System.Text;

namespace Retort.Tests.Build;

/// <summary>The smallest ELF image that has versioned dynamic symbols.</summary>
internal static class SyntheticElf
{
    public const string Marker = "_ZSt21ios_base_library_initv";

    private const int HeaderSize = 64, SectionSize = 64;

    /// <param name="version">The version that is needed beside GLIBCXX_3.4.</param>
    /// <param name="symbols">The symbols that carry it.</param>
    /// <param name="flags">The flags of its entry.</param>
    public static byte[] Create(string version = "GLIBCXX_3.4.32", string[]? symbols = null, ushort flags = 0)
    {
        using var names = new MemoryStream();
        names.WriteByte(0);
        using var dynamicSymbols = new MemoryStream();
        using var versions = new MemoryStream();
        dynamicSymbols.Write(new byte[24]);
        versions.Write(new byte[2]);
        AddSymbol("puts", 2);
        foreach (string symbol in symbols ?? [Marker])
            AddSymbol(symbol, 3);
        byte[] needs = Needs(names, version, flags);
        byte[][] contents = [[], names.ToArray(), dynamicSymbols.ToArray(), versions.ToArray(), needs];
        return Assemble(contents, types: [0, 3, 11, 0x6fffffff, 0x6ffffffe], links: [0, 0, 1, 2, 1], infos: [0, 0, 1, 0, 1]);

        void AddSymbol(string name, ushort index)
        {
            dynamicSymbols.Write(BitConverter.GetBytes(Name(names, name)));
            dynamicSymbols.Write(new byte[20]);
            versions.Write(BitConverter.GetBytes(index));
        }
    }

    // One library (Verneed) with two versions (Vernaux): GLIBCXX_3.4 as index 2, the given one as index 3.
    private static byte[] Needs(MemoryStream names, string version, ushort flags)
    {
        using var needs = new MemoryStream();
        using var writer = new BinaryWriter(needs);
        writer.Write((ushort)1);
        writer.Write((ushort)2);
        writer.Write(Name(names, "libstdc++.so.6"));
        writer.Write(16);
        writer.Write(0);
        WriteEntry("GLIBCXX_3.4", 0, 2, 16);
        WriteEntry(version, flags, 3, 0);
        return needs.ToArray();

        void WriteEntry(string name, ushort entryFlags, ushort index, int next)
        {
            writer.Write(0);
            writer.Write(entryFlags);
            writer.Write(index);
            writer.Write(Name(names, name));
            writer.Write(next);
        }
    }

    private static int Name(MemoryStream names, string name)
    {
        int offset = (int)names.Length;
        names.Position = offset;
        names.Write(Encoding.ASCII.GetBytes(name + "\0"));
        return offset;
    }

    private static byte[] Assemble(byte[][] contents, uint[] types, int[] links, int[] infos)
    {
        using var image = new MemoryStream();
        using var writer = new BinaryWriter(image);
        writer.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[HeaderSize - 7]]);
        long[] offsets = contents.Select(content =>
        {
            long at = image.Position;
            writer.Write(content);
            return at;
        }).ToArray();
        long sections = image.Position;
        for (int k = 0; k < contents.Length; k++)
        {
            writer.Write(0);
            writer.Write(types[k]);
            writer.Write(new byte[16]);
            writer.Write(offsets[k]);
            writer.Write((long)contents[k].Length);
            writer.Write(links[k]);
            writer.Write(infos[k]);
            writer.Write(new byte[16]);
        }
        image.Position = 0x28;
        writer.Write(sections);
        image.Position = 0x3a;
        writer.Write((ushort)SectionSize);
        writer.Write((ushort)contents.Length);
        return image.ToArray();
    }
}
