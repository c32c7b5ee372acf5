using System.Runtime.InteropServices;
using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>What a student's folder holds, in memory: to be changed, and written again. Immutable.</summary>
internal sealed record FoldedStudent
{
    public required StudentShape Shape { get; init; }

    public required Vocabulary Vocabulary { get; init; }

    public required TokenizerOptions Tokenizer { get; init; }

    public required LabelSet Labels { get; init; }

    public required TaskKind Kind { get; init; }

    /// <summary>What logits are divided by before they become probabilities.</summary>
    public required double Temperature { get; init; }

    /// <summary>Longest input in tokens.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Which buckets of n-grams have a row; null: it reads none.</summary>
    public required NgramIndex? Ngrams { get; init; }

    /// <summary>By the names of <see cref="StudentShape.Weights"/>.</summary>
    public required IReadOnlyDictionary<string, StoredTensor> Weights { get; init; }

    /// <summary>By the names of <see cref="StudentShape.TableScales"/>; null: what the largest entries of the whole vocabulary ask for.</summary>
    public IReadOnlyDictionary<string, float[]>? TableScales { get; init; }

    /// <summary>Whether a weight is stored in fewer than 32 bits.</summary>
    public bool IsNarrow => Weights.Values.Any(weight => weight.Type != TensorType.F32);

    /// <summary>The layer that reads the pooled features: its weights.</summary>
    public string Reader => Shape.HiddenWidth > 0 ? "hidden.weight" : "classifier.weight";

    /// <summary>The values of a weight.</summary>
    public float[] this[string name] => Weights[name].Values;

    /// <summary>A trained student, in single precision.</summary>
    public static FoldedStudent Of(Student student)
    {
        using var scope = NewDisposeScope();
        return new FoldedStudent
        {
            Shape = student.Module.Shape with { SourceWidth = 0 },
            Vocabulary = student.Encoder.Tokenizer.Vocabulary,
            Tokenizer = student.Encoder.Tokenizer.Options,
            Labels = student.Labels,
            Kind = student.Kind,
            Temperature = student.Temperature,
            MaxLength = student.Encoder.MaxLength,
            Ngrams = student.Module.Ngrams,
            Weights = student.Module.Fold().ToDictionary(t => t.Name, t => StoredTensor.Single(t.Value.detach().cpu().contiguous().data<float>().ToArray())),
        };
    }

    /// <summary>Reads a folder.</summary>
    /// <exception cref="RetortException">The folder is no student, is damaged, or is of another version.</exception>
    public static FoldedStudent Load(string folder) => StudentFolder.Read(folder, () =>
    {
        using StudentFiles files = StudentFiles.Open(folder);
        StudentConfig config = files.Config;
        return new FoldedStudent
        {
            Shape = config.Shape,
            Vocabulary = files.Vocabulary,
            Tokenizer = config.Tokenizer,
            Labels = new LabelSet(files.Labels),
            Kind = config.IsMultiLabel ? TaskKind.MultiLabel : TaskKind.SingleLabel,
            Temperature = config.Temperature,
            MaxLength = config.MaxLength,
            Ngrams = files.ReadNgramIndex(),
            Weights = config.Shape.Weights().ToDictionary(weight => weight.Name, weight => Read(files, weight.Name)),
            TableScales = config.Shape.TableScales().ToDictionary(scales => scales.Name, scales => files.ReadWeights(scales.Name)),
        };
    });

    /// <summary>Writes a folder that takes the place of an older student.</summary>
    /// <exception cref="RetortException">Something that is not a student stands there.</exception>
    public void Save(string folder) => StudentFolder.Save(this, folder);

    /// <summary>The same student, to compute and to learn with, in single precision.</summary>
    /// <param name="device">Where it computes.</param>
    /// <param name="dropout">On the pooled features, in training.</param>
    public Student ToStudent(Device device, double dropout = 0)
    {
        var module = new TextCnn(Shape, dropout, seed: 0, Ngrams);
        using (no_grad())
        {
            foreach ((string name, Parameter parameter) in module.named_parameters())
            {
                using Tensor values = tensor(this[name], parameter.shape);
                parameter.copy_(values);
            }
        }
        module.eval();
        module.to(device);
        return new Student(module, Encoder(), Labels, Kind, device) { Temperature = Temperature };
    }

    /// <summary>(vocabulary, embedding width), in the caller's DisposeScope.</summary>
    public Tensor Embeddings() => tensor(this[StudentShape.EmbeddingWeight], [Shape.VocabularySize, Shape.EmbeddingWidth]);

    /// <summary>What folding multiplies an embedding by, for a window by its index: (raw channels · offsets, embedding width), in the caller's DisposeScope.</summary>
    public Tensor Filters(int window) =>
        tensor(this[StudentShape.ConvolutionWeight(Shape.Windows[window])], [Shape.RawChannels(window) * Shape.Windows[window], Shape.EmbeddingWidth]);

    /// <summary>The same for all windows, one behind the other.</summary>
    public Tensor Filters() => cat([.. Enumerable.Range(0, Shape.Windows.Count).Select(Filters)], 0);

    /// <summary>A hash of its sizes, tokens and weights.</summary>
    public string Fingerprint() => ContentHash.OfRecord(new
    {
        Shape,
        Ngrams = NgramsHash,
        Tokens = TokensHash,
        Values = Shape.Weights().Select(weight => ContentHash.OfBytes(MemoryMarshal.AsBytes(this[weight.Name].AsSpan()))).ToArray(),
    });

    /// <summary>A hash of all that two students have in common where they differ in their weights and temperature alone.</summary>
    public string Frame() => ContentHash.OfRecord(new { Shape, Ngrams = NgramsHash, Tokens = TokensHash, Tokenizer, Labels.Names, Kind, MaxLength });

    /// <summary>How it reads texts.</summary>
    public StudentEncoder Encoder() => new(new WordPieceTokenizer(Vocabulary, Tokenizer), MaxLength);

    /// <summary>The same student with some weights changed, in single precision; the scales of its tables are to be found anew.</summary>
    public FoldedStudent With(StudentShape shape, params IEnumerable<(string Name, float[] Values)> weights)
    {
        var all = new Dictionary<string, StoredTensor>(Weights);
        foreach ((string name, float[] values) in weights)
            all[name] = StoredTensor.Single(values);
        return this with { Shape = shape, Weights = shape.Weights().ToDictionary(weight => weight.Name, weight => all[weight.Name]), TableScales = null };
    }

    /// <summary>The same student with another n-gram table, or none: see <see cref="With"/>.</summary>
    /// <param name="ngrams">Which buckets have a row; null: it is to read no n-grams.</param>
    /// <param name="weights">What else has changed, the rows included.</param>
    public FoldedStudent WithNgrams(NgramIndex? ngrams, params IEnumerable<(string Name, float[] Values)> weights) =>
        (this with { Ngrams = ngrams }).With(Shape.WithNgrams(ngrams), weights);

    private string NgramsHash => Ngrams is { IsFull: false } ? ContentHash.OfBytes(Ngrams.ToBytes()) : "";

    private string TokensHash => ContentHash.OfLines(Enumerable.Range(0, Vocabulary.Count).Select(id => Vocabulary[id]));

    private static StoredTensor Read(StudentFiles files, string name)
    {
        return files.Tensors.Tensors[name].Type switch
        {
            TensorType.I8 => StoredTensor.Integer(Array.ConvertAll(files.ReadSteps(name), step => (sbyte)step), files.ReadWeights(StudentFiles.ScaleOf(name)), name == StudentShape.NgramWeight),
            TensorType.F16 => StoredTensor.Half(files.ReadWeights(name)),
            _ => StoredTensor.Single(files.ReadWeights(name)),
        };
    }
}
