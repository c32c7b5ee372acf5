using System.Security.Cryptography;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>Writes and reads a student's folder.</summary>
internal static class StudentFolder
{
    private const string Config = "config.json", Tensors = "model.safetensors", Tokens = "vocab.txt";

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

    public static Student Load(string folder, Device device)
    {
        string file = Path.Combine(folder, Config), tensors = Path.Combine(folder, Tensors);
        if (!File.Exists(file))
        {
            throw new RetortException(
                $"{folder} has no {Config}: expected the folder of a student, as `retort distill` writes it");
        }
        StudentConfig config = StudentConfig.Read(file);
        try
        {
            foreach ((string name, string hash) in config.Sha256)
                RequireHash(folder, name, hash);
            RequireShapes(tensors, config.Shape);
            var vocabulary = Vocabulary.Load(Path.Combine(folder, Tokens));
            if (vocabulary.Count != config.Shape.VocabularySize)
                throw new RetortException($"{folder}: {Tokens} has {vocabulary.Count} tokens, {Config} says "
                    + $"{config.Shape.VocabularySize}: they belong to different students");
            var module = new TextCnn(config.Shape, dropout: 0, seed: 0);
            TensorFile.LoadInto(tensors, module.named_parameters().Select(p => (p.name, (Tensor)p.parameter)));
            module.eval();
            module.to(device);
            var encoder = new StudentEncoder(new WordPieceTokenizer(vocabulary, config.Tokenizer), config.MaxLength);
            return new Student(module, encoder, config.Labels(file), config.Kind, device) { Temperature = config.Temperature };
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException)
        {
            throw new RetortException($"{folder} is damaged: {e.Message}", e);
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
            TensorFile.Save(Path.Combine(folder, Tensors), student.Module.Fold(),
                new Dictionary<string, string> { ["format"] = "pt" });
        }
        var hashes = new[] { Tensors, Tokens }.ToDictionary(name => name, name => Hash(Path.Combine(folder, name)));
        StudentConfig.Of(student, hashes).Write(Path.Combine(folder, Config));
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
        Directory.Move(fresh, target);
        if (old is not null)
            Directory.Delete(old, recursive: true);
    }

    private static void RequireHash(string folder, string name, string expected)
    {
        if (name is not (Tensors or Tokens))
            throw new RetortException($"{folder}: {Config} has a hash of '{name}', which is no file of a student");
        if (!string.Equals(Hash(Path.Combine(folder, name)), expected, StringComparison.OrdinalIgnoreCase))
            throw new RetortException($"{folder}: {name} is not the file that {Config} was written for (its SHA-256 differs): "
                + "copy the whole folder again");
    }

    // The shapes are compared before anything of their size is allocated.
    private static void RequireShapes(string path, StudentShape shape)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Dictionary<string, long[]> expected = shape.FoldedTensors().ToDictionary(t => t.Name, t => t.Sizes);
        foreach ((string name, long[] sizes) in expected)
        {
            if (!file.Tensors.TryGetValue(name, out TensorEntry? entry) || !entry.Shape.SequenceEqual(sizes))
            {
                string found = entry is null ? "no" : $"({string.Join(", ", entry.Shape)}) as";
                throw new RetortException($"{path} has {found} tensor '{name}'; {Config} says ({string.Join(", ", sizes)})");
            }
        }
        if (file.Tensors.Keys.FirstOrDefault(name => !expected.ContainsKey(name)) is { } extra)
            throw new RetortException($"{path} has the tensor '{extra}', which no student of this shape has");
    }

    private static string Hash(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
