using System.Globalization;
using System.Text;
using Retort.Runtime.Model;
using Retort.Runtime.Tests.Kernels;

namespace Retort.Runtime.Tests;

/// <summary>
/// Breaks a good folder in thousands of ways, most of them with hashes that fit again, so that what lies behind the hash is
/// reached: a mutant is refused with a clear exception, or answers with numbers. RETORT_FUZZ_MUTANTS sets how many.
/// </summary>
public sealed class StudentMutationTests : IDisposable
{
    private const int Mutants = 4000;
    private const long MostAllocated = 64_000_000;
    private const string Memory = "/dev/shm";

    private static readonly string[] Files = [StudentFiles.ConfigName, StudentFiles.TensorsName, StudentFiles.VocabularyName];

    private static readonly string[] Pieces =
    [
        "0", "1", "-1", "2", "10", "11", "60", "258", "259", "1048576", "2147483647", "-2147483648", "4294967296", "1e308", "1e-320",
        "0.5", "null", "true", "\"\"", "[]", "{}", "[2, 3]", "[3, 2]", "[2, 2]", "[1]", "\"relu\"", "\"gated\"", "\"max\"", "\"max_mean\"",
        "\"F16\"", "\"I8\"", "\"F32\"", "\"BF16\"", "single_label_classification", "multi_label_classification", "[UNK]", "\n", "\0", "\"",
        "{", "}", "[", "]", ",", ":", "shape", "windows", "filters", "table_scale", "embedding.weight_scale", "ngram.kept", "\"U8\"", "\ud7ff", "aa\naa",
    ];

    // In memory where there is such a folder: some disks are waited for at every file.
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(
        Directory.Exists(Memory) ? Memory : Path.GetTempPath(), $"retort-fuzz-{Guid.NewGuid():N}")).FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_mutant_is_refused_or_answers()
    {
        int mutants = int.Parse(Environment.GetEnvironmentVariable("RETORT_FUZZ_MUTANTS") ?? $"{Mutants}", CultureInfo.InvariantCulture);
        byte[][][] originals = [.. Originals()];
        var random = new Random(mutants);
        int refused = 0, answered = 0;
        for (int k = 0; k < mutants; k++)
        {
            Write(originals[random.Next(originals.Length)], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Answer(random);
                answered++;
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                Assert.NotEmpty(e.Message);
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        }
        TestContext.Current.SendDiagnosticMessage($"{mutants} mutants: {refused} refused, {answered} answered");
        // Both sides must have been exercised, or the mutations are too mild or too wild.
        Assert.InRange(refused, mutants / 3, mutants);
        Assert.InRange(answered, mutants / 100, mutants);
    }

    private IEnumerable<byte[][]> Originals()
    {
        StudentShape[] shapes = [Shapes.Small, Shapes.All["gated, some n-grams"], Shapes.All["relu, mean, n-grams"] with { VocabularySize = 12, HiddenWidth = 3 }];
        foreach (StudentShape shape in shapes)
        {
            foreach (TensorType type in (TensorType[])[TensorType.F32, TensorType.F16, TensorType.I8])
            {
                new RandomStudent(shape).Write(_folder, type);
                yield return [.. Files.Select(file => File.ReadAllBytes(Path.Combine(_folder, file)))];
            }
        }
    }

    private void Write(byte[][] original, Random random)
    {
        byte[][] files = [.. original];
        int target = random.Next(Files.Length);
        for (int times = 1 + random.Next(3); times > 0; times--)
            files[target] = Mutate(files[target], random);
        if (random.Next(10) > 0)
            files[0] = Rehash(files[0], original, files);
        for (int k = 0; k < Files.Length; k++)
            File.WriteAllBytes(Path.Combine(_folder, Files[k]), files[k]);
    }

    private static byte[] Rehash(byte[] config, byte[][] original, byte[][] files)
    {
        string text = Encoding.Latin1.GetString(config);
        for (int k = 1; k < Files.Length; k++)
            text = text.Replace(HashOf(original[k]), HashOf(files[k]), StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(text);
    }

    private static string HashOf(byte[] content) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));

    private static byte[] Mutate(byte[] content, Random random)
    {
        if (content.Length == 0)
            return [(byte)random.Next(256)];
        int at = random.Next(content.Length), other = random.Next(content.Length), length = random.Next(Math.Min(64, content.Length - at) + 1);
        byte[] piece = Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]);
        return random.Next(7) switch
        {
            0 => Flip(content, at, random),
            1 => content[..at],
            2 => [.. content[..at], .. piece, .. content[Math.Min(at + piece.Length, content.Length)..]],
            3 => [.. content[..at], .. piece, .. content[at..]],
            4 => [.. content[..at], .. content[(at + length)..]],
            5 => ReplaceNumber(content, piece, random),
            _ => [.. content[..at], .. content.AsSpan(other, Math.Min(length, content.Length - other)), .. content[at..]],
        };
    }

    private static byte[] Flip(byte[] content, int at, Random random)
    {
        byte[] flipped = [.. content];
        flipped[at] ^= (byte)(1 << random.Next(8));
        return flipped;
    }

    // A whole number, or name, of the text gives way to another.
    private static byte[] ReplaceNumber(byte[] content, byte[] piece, Random random)
    {
        int start = random.Next(content.Length);
        while (start < content.Length && !char.IsAsciiLetterOrDigit((char)content[start]))
            start++;
        int end = start;
        while (end < content.Length && char.IsAsciiLetterOrDigit((char)content[end]))
            end++;
        return [.. content[..start], .. piece, .. content[end..]];
    }

    private void Answer(Random random)
    {
        var options = new TextClassifierOptions
        {
            MaxTableBytes = random.Next(2) == 0 ? 4000 : long.MaxValue,
            FoldAtLoad = random.Next(2) == 0,
            Precision = random.Next(4) == 0 ? TablePrecision.Full : TablePrecision.Quantized,
        };
        using var classifier = TextClassifier.Load(_folder, options);
        float[] probabilities = new float[classifier.Labels.Count];
        foreach (string text in (string[])["", "a b c d e f g h", "aa ? bb zzz 中文", string.Concat(Enumerable.Repeat("b c ", 150))])
        {
            classifier.Classify(text, probabilities);
            Assert.All(probabilities, p => Assert.InRange(p, 0, 1));
            Assert.InRange(classifier.Classify(text).Index, 0, probabilities.Length - 1);
        }
        classifier.Explain("a b c");
    }
}
