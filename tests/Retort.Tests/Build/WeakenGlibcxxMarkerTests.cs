using System.Runtime.InteropServices;

namespace Retort.Tests.Build;

public sealed partial class WeakenGlibcxxMarkerTests
{
    private static readonly string InOutput =
        Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    [Fact]
    public void The_marker_is_weakened_in_one_byte_and_a_second_time_changes_nothing()
    {
        byte[] before = SyntheticElf.Create(), image = [.. before];
        Assert.Equal(MarkerState.Weakened, WeakenGlibcxxMarker.Apply(image));
        int changed = Assert.Single(Enumerable.Range(0, image.Length), k => image[k] != before[k]);
        Assert.Equal((0, 2), (before[changed], image[changed]));
        byte[] once = [.. image];
        Assert.Equal(MarkerState.AlreadyWeak, WeakenGlibcxxMarker.Apply(image));
        Assert.Equal(once, image);
    }

    [Fact]
    public void Other_flags_are_kept()
    {
        byte[] image = SyntheticElf.Create(flags: 1), expected = SyntheticElf.Create(flags: 3);
        Assert.Equal(MarkerState.Weakened, WeakenGlibcxxMarker.Apply(image));
        Assert.Equal(expected, image);
    }

    [Fact]
    public void A_library_that_does_not_need_the_version_is_left_alone()
    {
        byte[] image = SyntheticElf.Create(version: "GLIBCXX_3.4.30");
        Assert.Equal(MarkerState.Absent, WeakenGlibcxxMarker.Apply(image));
        Assert.Equal(SyntheticElf.Create(version: "GLIBCXX_3.4.30"), image);
    }

    [Fact]
    public void A_library_in_which_something_else_needs_the_version_is_refused_by_name()
    {
        byte[] image = SyntheticElf.Create(symbols: [SyntheticElf.Marker, "_ZSt4realv"]), before = [.. image];
        var error = Assert.Throws<InvalidDataException>(() => WeakenGlibcxxMarker.Apply(image));
        Assert.Contains("_ZSt4realv", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, image);
    }

    [Fact]
    public void What_is_not_a_64_bit_little_endian_ELF_is_refused()
    {
        byte[] elf = SyntheticElf.Create();
        byte[][] wrong = [[], new byte[200], [.. "#!/bin/sh\n"u8, .. new byte[100]], elf[..63], With(4, 1), With(5, 2)];
        foreach (byte[] image in wrong)
            Assert.Throws<InvalidDataException>(() => WeakenGlibcxxMarker.Apply(image));

        byte[] With(int at, byte value)
        {
            byte[] copy = [.. elf];
            copy[at] = value;
            return copy;
        }
    }

    [Fact]
    public void A_truncated_library_is_refused_at_every_length()
    {
        byte[] elf = SyntheticElf.Create();
        for (int length = 64; length < elf.Length; length++)
        {
            byte[] image = elf[..length];
            Exception? error = Record.Exception(() => WeakenGlibcxxMarker.Apply(image));
            // The tail of the last section header holds nothing that is read.
            Assert.True(error is InvalidDataException || (error is null && length > elf.Length - 24), $"{length}: {error}");
        }
    }

    [Fact]
    public void A_damaged_library_is_read_or_refused_and_nothing_else()
    {
        byte[] elf = SyntheticElf.Create();
        var random = new Random(1);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] image = [.. elf];
            for (int k = 0; k < 4; k++)
                image[random.Next(6, image.Length)] = (byte)random.Next(256);
            Exception? error = Record.Exception(() => WeakenGlibcxxMarker.Apply(image));
            Assert.True(error is null or InvalidDataException, error?.ToString());
        }
    }

    [Fact]
    public void Patching_a_hard_link_leaves_the_other_name_as_it_was()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "hard links are made through libc");
        using var folder = new TemporaryFolder();
        string cached = folder.Write("cached.so", SyntheticElf.Create()), linked = Path.Combine(folder.Path, "linked.so");
        Assert.Equal(0, Link(cached, linked));
        Assert.Equal(MarkerState.Weakened, WeakenGlibcxxMarker.ApplyTo(linked));
        Assert.Equal(SyntheticElf.Create(), File.ReadAllBytes(cached));
        Assert.Equal(SyntheticElf.Create(flags: 2), File.ReadAllBytes(linked));
        Assert.Equal(["cached.so", "linked.so"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void The_build_has_patched_its_output()
    {
        Assert.SkipUnless(File.Exists(InOutput), "there is no libLibTorchSharp.so in the output of this platform");
        Assert.Equal(MarkerState.AlreadyWeak, WeakenGlibcxxMarker.Apply(File.ReadAllBytes(InOutput)));
    }

    [Fact]
    public void The_file_of_the_package_differs_from_the_output_in_that_byte_alone()
    {
        string version = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3);
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string inPackage = Path.Combine(packages, "torchsharp", version, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(inPackage) && File.Exists(InOutput), $"{inPackage} or the output is not there");
        byte[] image = File.ReadAllBytes(inPackage);
        Assert.Equal(MarkerState.Weakened, WeakenGlibcxxMarker.Apply(image));
        Assert.True(image.AsSpan().SequenceEqual(File.ReadAllBytes(InOutput)), "the patched package file is not the output");
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string fresh);
}
