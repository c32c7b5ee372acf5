using System.Runtime.InteropServices;
using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Model;

namespace Retort.Students;

/// <summary>Writes and reads a student's folder.</summary>
internal static class StudentFolder
{
    private const string Config = StudentFiles.ConfigName, Tensors = StudentFiles.TensorsName, Tokens = StudentFiles.VocabularyName;

    public static void Save(FoldedStudent student, string folder)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RequireReplaceable(target);
        string fresh = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            Write(student, fresh);
            Replace(target, fresh);
        }
        finally
        {
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
        }
    }

    /// <summary>Reads a student by any means, with one kind of error.</summary>
    public static T Read<T>(string folder, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FileNotFoundException e)
        {
            throw new RetortException($"{folder} has no {Path.GetFileName(e.FileName)}: expected the folder of a student, as "
                + "'retort distill' writes it; copy the whole folder again", e);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException
            or OverflowException)
        {
            throw new RetortException($"{folder} cannot be read as a student: {e.Message}", e);
        }
    }

    private static void Write(FoldedStudent student, string folder)
    {
        Directory.CreateDirectory(folder);
        IEnumerable<string> lines = Enumerable.Range(0, student.Vocabulary.Count).Select(id => student.Vocabulary[id] + "\n");
        AtomicFile.WriteText(Path.Combine(folder, Tokens), string.Concat(lines));
        AtomicFile.Write(Path.Combine(folder, Tensors), stream => WriteTensors(student, stream));
        var config = new StudentConfig
        {
            ProblemType = StudentConfig.ProblemTypeOf(student.Kind == TaskKind.MultiLabel),
            Id2label = student.Labels.Names.Select((name, k) => (name, k)).ToDictionary(p => $"{p.k}", p => p.name),
            Temperature = student.Temperature,
            MaxLength = student.MaxLength,
            Shape = student.Shape,
            Tokenizer = student.Tokenizer,
            Sha256 = new[] { Tensors, Tokens }.ToDictionary(name => name, name => ContentHash.OfFile(Path.Combine(folder, name))),
        };
        AtomicFile.WriteText(Path.Combine(folder, Config), config.ToJson());
    }

    private static void WriteTensors(FoldedStudent student, Stream stream)
    {
        IReadOnlyDictionary<string, float[]> tables = student.TableScales ?? TableScales.Of(student);
        Dictionary<string, long[]> sizes = student.Shape.Weights().Concat(student.Shape.TableScales()).ToDictionary(t => t.Name, t => t.Sizes);
        var tensors = student.Shape.Weights().Select(weight => (weight.Name, Value: student.Weights[weight.Name])).ToList();
        // The n-gram table's scales are among those of the tables.
        tensors.AddRange(tensors.Where(t => t.Value.Type == TensorType.I8 && !tables.ContainsKey(StudentFiles.ScaleOf(t.Name)))
            .Select(t => (StudentFiles.ScaleOf(t.Name), StoredTensor.Single(t.Value.Scales))).ToArray());
        tensors.AddRange(student.Shape.TableScales().Select(scales => (scales.Name, StoredTensor.Single(tables[scales.Name]))));
        tensors = [.. tensors.OrderByDescending(t => t.Value.Type.ByteSize())];
        byte[] kept = student.Ngrams is { IsFull: false } some ? some.ToBytes() : [];
        var declared = tensors.Select(t => new TensorDeclaration(t.Name, t.Value.Type, sizes.GetValueOrDefault(t.Name) ?? [t.Value.Values.Length])).ToList();
        if (kept.Length > 0)
            declared.Add(new TensorDeclaration(StudentShape.NgramKept, TensorType.U8, [kept.Length]));
        var writer = new SafetensorsWriter(stream, declared, new Dictionary<string, string> { ["format"] = "pt" });
        foreach ((string name, StoredTensor tensor) in tensors)
        {
            if (tensor.Type == TensorType.I8)
                writer.WriteBytes(name, MemoryMarshal.AsBytes(tensor.Steps.AsSpan()));
            else
                writer.WriteSingles(name, tensor.Values);
        }
        if (kept.Length > 0)
            writer.WriteBytes(StudentShape.NgramKept, kept);
        writer.Complete();
    }

    private static void RequireReplaceable(string target)
    {
        if (File.Exists(target) || Directory.Exists(target) && !StudentConfig.IsStudent(Path.Combine(target, Config))
            && !Directory.EnumerateFileSystemEntries(target).All(IsRemnant))
        {
            throw new RetortException($"{target} stands there and is no student: expected a new or empty folder, or that of an "
                + "older student; choose another");
        }
    }

    // Of a student that lost its config: no model of any kind is whole without it.
    private static bool IsRemnant(string path) => Path.GetFileName(path) is Tensors or Tokens;

    // Two renames: at no moment does a mixture of two students stand there.
    private static void Replace(string target, string fresh)
    {
        string? old = null;
        if (Directory.Exists(target))
            Directory.Move(target, old = $"{target}.{Guid.NewGuid():N}.old");
        try
        {
            Directory.Move(fresh, target);
        }
        catch when (old is not null)
        {
            Directory.Move(old, target);
            throw;
        }
        if (old is not null)
            Directory.Delete(old, recursive: true);
    }
}
