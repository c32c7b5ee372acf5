#if !LINKED_INTO_TESTS
using System;
using System.IO;
#endif
using System.Text;

#if LINKED_INTO_TESTS
namespace Retort.Tests.Build;

/// <summary>What <see cref="WeakenGlibcxxMarker.Apply(byte[])"/> did.</summary>
#endif
public enum MarkerState { Absent, AlreadyWeak, Weakened }

/// <summary>
/// Marks the need for GLIBCXX_3.4.32 in TorchSharp's native library as weak, so that it loads on systems with GCC 12
/// (Debian 12, Ubuntu 22.04). The only symbol with that version, <c>_ZSt21ios_base_library_initv</c>, is a marker that
/// nothing calls. A file in which anything else carries the version is refused.
/// </summary>
public sealed class WeakenGlibcxxMarker
#if !LINKED_INTO_TESTS
    : Microsoft.Build.Utilities.Task
#endif
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Marker = "_ZSt21ios_base_library_initv";
    private const uint DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, VersionSymbols = 0x6fffffff;
    private const ushort WeakFlag = 2;

#if !LINKED_INTO_TESTS
    [Microsoft.Build.Framework.Required]
    public string[] Files { get; set; }

    public override bool Execute()
    {
        foreach (string file in Files)
        {
            try
            {
                if (ApplyTo(file) == MarkerState.Weakened)
                    Log.LogMessage("Weakened " + Version + " in " + file);
            }
            catch (Exception e) when (e is InvalidDataException || e is IOException)
            {
                Log.LogError(file + ": " + e.Message);
            }
        }
        return !Log.HasLoggedErrors;
    }
#endif

    /// <summary>Patches a file by replacing it, never in place: it may be a hard link into the package cache.</summary>
    public static MarkerState ApplyTo(string file)
    {
        byte[] image = File.ReadAllBytes(file);
        MarkerState state = Apply(image);
        if (state != MarkerState.Weakened)
            return state;
        string fresh = file + "." + Guid.NewGuid().ToString("N") + ".tmp";
        File.WriteAllBytes(fresh, image);
        File.Delete(file);
        File.Move(fresh, file);
        return state;
    }

    /// <summary>Sets the weak flag in an ELF image.</summary>
    public static MarkerState Apply(byte[] image)
    {
        if (image.Length < 64 || BitConverter.ToUInt32(image, 0) != 0x464c457f || image[4] != 2 || image[5] != 1)
            throw new InvalidDataException("expected a 64-bit little-endian ELF library");
        try
        {
            long needs = FindSection(image, VersionNeeds);
            if (needs < 0)
                return MarkerState.Absent;
            long names = (long)BitConverter.ToUInt64(image, (int)LinkedSection(image, needs) + 24);
            int entry = FindEntry(image, needs, names);
            if (entry < 0)
                return MarkerState.Absent;
            ushort flags = BitConverter.ToUInt16(image, entry + 4);
            if ((flags & WeakFlag) != 0)
                return MarkerState.AlreadyWeak;
            RequireOnlyMarker(image, BitConverter.ToUInt16(image, entry + 6));
            image[entry + 4] = (byte)(flags | WeakFlag);
            return MarkerState.Weakened;
        }
        catch (Exception e) when (e is ArgumentException || e is IndexOutOfRangeException || e is OverflowException)
        {
            throw new InvalidDataException("the ELF tables point outside the file: it is truncated or damaged", e);
        }
    }

    private static int FindEntry(byte[] image, long needs, long names)
    {
        int need = checked((int)BitConverter.ToUInt64(image, (int)needs + 24));
        for (uint left = BitConverter.ToUInt32(image, (int)needs + 44); left > 0; left--)
        {
            int entry = checked(need + (int)BitConverter.ToUInt32(image, need + 8));
            for (int k = BitConverter.ToUInt16(image, need + 2); k > 0; k--)
            {
                if (ReadName(image, names + BitConverter.ToUInt32(image, entry + 8)) == Version)
                    return entry;
                uint step = BitConverter.ToUInt32(image, entry + 12);
                if (step == 0)
                    break;
                entry = checked(entry + (int)step);
            }
            // The last entry points nowhere; a damaged count must not turn around there for hours.
            uint next = BitConverter.ToUInt32(image, need + 12);
            if (next == 0)
                break;
            need = checked(need + (int)next);
        }
        return -1;
    }

    private static void RequireOnlyMarker(byte[] image, ushort version)
    {
        long symbols = FindSection(image, DynamicSymbols), versions = FindSection(image, VersionSymbols);
        if (symbols < 0 || versions < 0)
            throw new InvalidDataException("expected dynamic symbols with versions, found none");
        int symbolTable = checked((int)BitConverter.ToUInt64(image, (int)symbols + 24));
        int versionTable = checked((int)BitConverter.ToUInt64(image, (int)versions + 24));
        long names = (long)BitConverter.ToUInt64(image, (int)LinkedSection(image, symbols) + 24);
        long count = (long)BitConverter.ToUInt64(image, (int)versions + 32) / 2;
        for (int k = 0; k < count; k++)
        {
            if ((BitConverter.ToUInt16(image, versionTable + 2 * k) & 0x7fff) != version)
                continue;
            string name = ReadName(image, names + BitConverter.ToUInt32(image, symbolTable + 24 * k));
            if (name != Marker)
                throw new InvalidDataException(Version + " is needed by " + name + ", not only by the marker " + Marker
                    + ": this build of the library needs the libstdc++ of GCC 13 or newer");
        }
    }

    private static long FindSection(byte[] image, uint type)
    {
        long section = (long)BitConverter.ToUInt64(image, 0x28);
        int size = BitConverter.ToUInt16(image, 0x3a);
        for (int k = BitConverter.ToUInt16(image, 0x3c); k > 0; k--, section += size)
        {
            if (BitConverter.ToUInt32(image, checked((int)section) + 4) == type)
                return section;
        }
        return -1;
    }

    private static long LinkedSection(byte[] image, long section) =>
        (long)BitConverter.ToUInt64(image, 0x28)
        + (long)BitConverter.ToUInt32(image, (int)section + 40) * BitConverter.ToUInt16(image, 0x3a);

    private static string ReadName(byte[] image, long offset)
    {
        int end = Array.IndexOf(image, (byte)0, checked((int)offset));
        return Encoding.ASCII.GetString(image, (int)offset, end - (int)offset);
    }
}
