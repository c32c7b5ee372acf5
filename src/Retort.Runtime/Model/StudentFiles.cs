using System.Runtime.InteropServices;
using Retort.Runtime.Text;

namespace Retort.Runtime.Model;

/// <summary>
/// The open folder of a student: config.json, model.safetensors, vocab.txt, checked against each other before anything of
/// the tensors' size is allocated. Reading is thread-safe; disposing is not.
/// </summary>
public sealed class StudentFiles : IDisposable
{
    /// <summary>The names of the three files.</summary>
    public const string ConfigName = "config.json", TensorsName = "model.safetensors", VocabularyName = "vocab.txt";

    private StudentFiles(string folder, StudentConfig config, Vocabulary vocabulary, SafetensorsFile tensors)
    {
        (Folder, Config, Vocabulary, Tensors) = (folder, config, vocabulary, tensors);
        Labels = config.Labels(Path.Combine(folder, ConfigName));
    }

    /// <summary>The folder as it was given.</summary>
    public string Folder { get; }

    /// <summary>Shape, temperature, tokenizer options.</summary>
    public StudentConfig Config { get; }

    /// <summary>The classes in index order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The student's tokens.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The tensors, of the shapes that the config says.</summary>
    public SafetensorsFile Tensors { get; }

    /// <summary>Opens a folder, verifies its hashes, and holds every tensor's type and shape to the config.</summary>
    /// <exception cref="InvalidDataException">The folder is no student, is damaged, or is of another version.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static StudentFiles Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string file = Path.Combine(folder, ConfigName);
        if (!File.Exists(file))
            throw new FileNotFoundException($"{folder} has no {ConfigName}", file);
        StudentConfig config = StudentConfig.Read(file);
        foreach (string name in config.Sha256.Keys)
        {
            if (name is not (TensorsName or VocabularyName))
                throw new InvalidDataException($"{file}: sha256 names '{name}', which is no file of a student");
        }
        Vocabulary vocabulary = ReadVocabulary(config, folder);
        SafetensorsFile tensors = SafetensorsFile.Open(Path.Combine(folder, TensorsName),
            handle => RequireHash(config, folder, TensorsName, Digest.OfFile(handle)));
        try
        {
            RequireTensors(tensors, config.Shape);
            return new StudentFiles(folder, config, vocabulary, tensors);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads a tensor as floats, row-major. An I8 one is multiplied by its scales: one a row, in <c>NAME_scale</c>; of the
    /// n-gram table, one a column.
    /// </summary>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public float[] ReadWeights(string name)
    {
        TensorEntry entry = Tensors.Tensors[name];
        float[] values = entry.Type == TensorType.I8 ? ReadScaled(entry) : Tensors.ReadSingles(name);
        return Exponents.AreFinite(values) ? values
            : throw new InvalidDataException($"{Tensors.Path}: tensor '{name}' holds a value that is not finite");
    }

    /// <summary>Reads which buckets of n-grams have a row; null: the student has no n-grams.</summary>
    /// <exception cref="InvalidDataException">Their number is not that of the table's rows.</exception>
    public NgramIndex? ReadNgramIndex()
    {
        StudentShape shape = Config.Shape;
        if (shape.NgramRows is not { } rows)
            return shape.NgramBuckets == 0 ? null : NgramIndex.All(shape.NgramBuckets);
        byte[] kept = new byte[NgramIndex.ByteCount(shape.NgramBuckets)];
        Tensors.ReadBytes(StudentShape.NgramKept, kept);
        try
        {
            NgramIndex index = NgramIndex.Some(shape.NgramBuckets, kept);
            return index.Rows == rows ? index
                : throw new InvalidDataException($"{index.Rows} buckets have a row, and {StudentShape.NgramWeight} has {rows}");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{Tensors.Path}: tensor '{StudentShape.NgramKept}': {e.Message}", e);
        }
    }

    /// <summary>Reads an I8 tensor without its scales.</summary>
    internal float[] ReadSteps(string name)
    {
        sbyte[] steps = GC.AllocateUninitializedArray<sbyte>(checked((int)Tensors.Tensors[name].ElementCount));
        Tensors.ReadBytes(name, MemoryMarshal.AsBytes(steps.AsSpan()));
        return Array.ConvertAll(steps, step => (float)step);
    }

    /// <summary>Reads the scales of tables: positive and finite.</summary>
    internal float[] ReadScales(string name)
    {
        float[] scales = ReadWeights(name);
        if (Array.Exists(scales, scale => scale <= 0))
            throw new InvalidDataException($"{Tensors.Path}: tensor '{name}' holds a scale of 0 or less");
        return scales;
    }

    /// <summary>The name of the scales of an I8 tensor.</summary>
    public static string ScaleOf(string name) => name == StudentShape.NgramWeight ? StudentShape.NgramScale : $"{name}_scale";

    /// <summary>Closes the tensors' file.</summary>
    public void Dispose() => Tensors.Dispose();

    private float[] ReadScaled(TensorEntry entry)
    {
        float[] scales = ReadScales(ScaleOf(entry.Name)), values = ReadSteps(entry.Name);
        bool byColumn = entry.Name == StudentShape.NgramWeight;
        int width = values.Length / checked((int)entry.Shape[0]);
        for (int k = 0; k < values.Length; k++)
            values[k] *= scales[byColumn ? k % width : k / width];
        return values;
    }

    // What is hashed is what is read: a file that is replaced meanwhile is not taken unseen.
    private static Vocabulary ReadVocabulary(StudentConfig config, string folder)
    {
        string file = Path.Combine(folder, VocabularyName);
        byte[] content = TokenizerFiles.ReadBounded(file);
        RequireHash(config, folder, VocabularyName, Digest.Of(content));
        Vocabulary vocabulary = VocabularyFile.Parse(file, content);
        return vocabulary.Count == config.Shape.VocabularySize ? vocabulary
            : throw new InvalidDataException($"{folder}: {VocabularyName} has {vocabulary.Count} tokens, {ConfigName} says "
                + $"{config.Shape.VocabularySize}: they belong to different students");
    }

    private static void RequireHash(StudentConfig config, string folder, string name, string found)
    {
        if (!config.Sha256.TryGetValue(name, out string? expected))
            throw new InvalidDataException($"{folder}: {ConfigName} has no sha256 of {name}; expected one, as Retort writes it");
        if (!string.Equals(found, expected, StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException($"{folder}: {name} is not the file that {ConfigName} was written for (its SHA-256 "
                + "differs): copy the whole folder again");
    }

    private static void RequireTensors(SafetensorsFile file, StudentShape shape)
    {
        var expected = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach ((string name, long[] sizes) in shape.Weights().Concat(shape.TableScales()))
        {
            expected.Add(name, sizes);
            // The n-gram table's scales are among those of the tables.
            if (name != StudentShape.NgramWeight && file.Tensors.TryGetValue(name, out TensorEntry? entry) && entry.Type == TensorType.I8)
                expected.Add(ScaleOf(name), [sizes[0]]);
        }
        foreach ((string name, long[] sizes) in expected)
            RequireTensor(file, name, sizes);
        if (shape.NgramRows is not null)
        {
            expected.Add(StudentShape.NgramKept, [NgramIndex.ByteCount(shape.NgramBuckets)]);
            if (RequireSizes(file, StudentShape.NgramKept, expected[StudentShape.NgramKept]).Type is not TensorType.U8 and var type)
                throw new InvalidDataException($"{file.Path}: tensor '{StudentShape.NgramKept}' is {type.FileName()}; expected U8");
        }
        if (file.Tensors.Keys.FirstOrDefault(name => !expected.ContainsKey(name)) is { } extra)
            throw new InvalidDataException($"{file.Path} has the tensor '{extra}', which no student of this shape has");
    }

    private static void RequireTensor(SafetensorsFile file, string name, long[] sizes)
    {
        TensorEntry entry = RequireSizes(file, name, sizes);
        bool matrix = sizes.Length > 1;
        if (entry.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16) && !(matrix && entry.Type == TensorType.I8))
            throw new InvalidDataException($"{file.Path}: tensor '{name}' is {entry.Type.FileName()}; expected F32, F16 or BF16"
                + (matrix ? ", or I8 with scales" : ""));
    }

    private static TensorEntry RequireSizes(SafetensorsFile file, string name, long[] sizes)
    {
        string wanted = $"({string.Join(", ", sizes)})";
        if (!file.Tensors.TryGetValue(name, out TensorEntry? entry))
            throw new InvalidDataException($"{file.Path} has no tensor '{name}'; {ConfigName} says {wanted}");
        return entry.Shape.SequenceEqual(sizes) ? entry
            : throw new InvalidDataException($"{file.Path} has ({string.Join(", ", entry.Shape)}) as tensor '{name}'; {ConfigName} says {wanted}");
    }
}
