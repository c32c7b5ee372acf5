using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using Retort.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>Writes and reads a student's folder.</summary>
internal static class StudentFolder
{
    private const string Config = StudentFiles.ConfigName, Tensors = StudentFiles.TensorsName, Tokens = StudentFiles.VocabularyName;

    public static void Save(Student student, string folder)
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

    public static Student Load(string folder, Device device) => Read(folder, () =>
    {
        using StudentFiles files = StudentFiles.Open(folder);
        StudentConfig config = files.Config;
        var module = new TextCnn(config.Shape, dropout: 0, seed: 0);
        foreach ((string name, Parameter parameter) in module.named_parameters())
            TensorFile.Fill(files.Tensors.Path, parameter, files.Tensors.Tensors[name], files.ReadWeights);
        module.eval();
        module.to(device);
        var encoder = new StudentEncoder(new WordPieceTokenizer(files.Vocabulary, config.Tokenizer), config.MaxLength);
        TaskKind kind = config.IsMultiLabel ? TaskKind.MultiLabel : TaskKind.SingleLabel;
        return new Student(module, encoder, new LabelSet(files.Labels), kind, device) { Temperature = config.Temperature };
    });

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

    private static void Write(Student student, string folder)
    {
        Directory.CreateDirectory(folder);
        Vocabulary vocabulary = student.Encoder.Tokenizer.Vocabulary;
        IEnumerable<string> lines = Enumerable.Range(0, vocabulary.Count).Select(id => vocabulary[id] + "\n");
        AtomicFile.WriteText(Path.Combine(folder, Tokens), string.Concat(lines));
        using (NewDisposeScope())
        {
            (string Name, Tensor Value)[] weights = student.Module.Fold().ToArray();
            TensorFile.Save(Path.Combine(folder, Tensors), [.. weights, .. TableScales.Of(student.Module.Shape, weights)],
                new Dictionary<string, string> { ["format"] = "pt" });
        }
        var config = new StudentConfig
        {
            ProblemType = StudentConfig.ProblemTypeOf(student.Kind == TaskKind.MultiLabel),
            Id2label = student.Labels.Names.Select((name, k) => (name, k)).ToDictionary(p => $"{p.k}", p => p.name),
            Temperature = student.Temperature,
            MaxLength = student.Encoder.MaxLength,
            Shape = student.Module.Shape with { SourceWidth = 0 },
            Tokenizer = student.Encoder.Tokenizer.Options,
            Sha256 = new[] { Tensors, Tokens }.ToDictionary(name => name, name => ContentHash.OfFile(Path.Combine(folder, name))),
        };
        AtomicFile.WriteText(Path.Combine(folder, Config), config.ToJson());
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
