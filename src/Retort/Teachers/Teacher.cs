using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Teachers.Encoders;
using Retort.Teachers.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Teachers;

/// <summary>How a text's token states become one vector.</summary>
public enum PooledState
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The last layer's state of [CLS].</summary>
    Cls,

    /// <summary>The mean of the last layer's states over the text's tokens, [CLS] and [SEP] included.</summary>
    Mean,
}

/// <summary>A classifier of BERT's kin with its tokenizer and classes. Not thread-safe: libtorch uses all its threads itself.</summary>
public sealed class Teacher : IDisposable
{
    private readonly string _tokenizerFolder;

    private Teacher(string tokenizerFolder, EncoderConfig config, EncoderClassifier module, ITextTokenizer tokenizer,
        LabelSet labels, TaskKind kind, TextEncoder encoder, Device device)
    {
        (_tokenizerFolder, Config, Module, Tokenizer) = (tokenizerFolder, config, module, tokenizer);
        (Labels, Kind, Encoder, Device) = (labels, kind, encoder, device);
        module.to(device);
    }

    public EncoderConfig Config { get; }

    public EncoderClassifier Module { get; }

    public ITextTokenizer Tokenizer { get; }

    /// <summary>Its tokenizer where that is WordPiece, which a student can take over; else null.</summary>
    public WordPieceTokenizer? WordPiece => (Tokenizer as WordPieceText)?.WordPiece;

    public LabelSet Labels { get; }

    public TaskKind Kind { get; }

    public TextEncoder Encoder { get; }

    public Device Device { get; }

    /// <summary>Loads a fine-tuned classifier from a Hugging Face folder.</summary>
    /// <exception cref="RetortException">The folder is no sequence classifier of a kind that is read, or a tensor is missing or misshapen.</exception>
    public static Teacher Load(string folder, Device device)
    {
        ConfigFile file = ConfigFile.OfFolder(folder);
        EncoderConfig config = EncoderConfig.Read(file);
        LabelSet labels = TeacherFolder.ReadLabels(file);
        (int maxLength, LongText longText) = TeacherFolder.ReadLimits(file, config.MaxLength);
        var module = new EncoderClassifier(config, labels.Count, dropout: 0);
        EncoderWeights.LoadClassifier(folder, config, module);
        ITextTokenizer tokenizer = TeacherFolder.LoadTokenizer(folder, config);
        module.eval();
        return new Teacher(folder, config, module, tokenizer, labels, TeacherFolder.ReadKind(file),
            new TextEncoder(tokenizer, maxLength, longText), device);
    }

    /// <summary>The classes of a fine-tuned classifier, and whether they exclude each other, without its weights.</summary>
    /// <exception cref="RetortException">The folder's config.json is not there or names no classes.</exception>
    public static (LabelSet Labels, TaskKind Kind) ReadClasses(string folder)
    {
        ConfigFile file = ConfigFile.OfFolder(folder);
        return (TeacherFolder.ReadLabels(file), TeacherFolder.ReadKind(file));
    }

    /// <summary>Puts a new classifier on a pre-trained encoder.</summary>
    /// <param name="folder">A Hugging Face folder of the encoder.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="kind">Whether they exclude each other.</param>
    /// <param name="options">How many layers to keep, the length limit, dropout and the seed.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="note">Told what was left out or had to start at random.</param>
    public static Teacher FromEncoder(string folder, LabelSet labels, TaskKind kind, TeachOptions options, Device device,
        Action<string>? note = null)
    {
        EncoderConfig full = EncoderConfig.Load(folder);
        EncoderConfig config = full.Cut(options.Layers);
        if (options.MaxLength > full.MaxLength)
        {
            throw new UsageException($"teacher.max_length is {options.MaxLength}, but the encoder has {full.MaxLength} positions: expected at most that")
            { Key = "teacher.max_length" };
        }
        manual_seed(options.Seed);
        var module = new EncoderClassifier(config, labels.Count, options.Dropout);
        EncoderWeights.LoadEncoder(folder, full, module, note);
        ITextTokenizer tokenizer = TeacherFolder.LoadTokenizer(folder, config);
        return new Teacher(folder, config, module, tokenizer, labels, kind,
            new TextEncoder(tokenizer, options.MaxLength, options.LongText), device);
    }

    /// <summary>Logits and pooled states of a batch, in the caller's dispose scope.</summary>
    /// <returns>(texts, classes) and (texts, hidden); the second is null for <see cref="PooledState.None"/>.</returns>
    public (Tensor Logits, Tensor? Pooled) Forward(IReadOnlyList<EncodedText> texts, PooledState pooled = PooledState.None)
    {
        using var scope = NewDisposeScope();
        PaddedWindows batch = PaddedWindows.Make(texts, Device);
        Tensor states = Module.Encode(batch.Ids, batch.Mask); // (windows, tokens, hidden)
        Tensor logits = batch.MeanByText(Module.Classify(states), texts.Count);
        Tensor? vector = pooled switch
        {
            PooledState.Cls => batch.MeanByText(states.select(1, 0), texts.Count),
            PooledState.Mean => batch.MeanByText(batch.MeanOfTokens(states), texts.Count),
            _ => null,
        };
        return (logits.MoveToOuterDisposeScope(), vector?.contiguous().MoveToOuterDisposeScope());
    }

    /// <summary>Writes a folder that Hugging Face's own loader accepts. Each file is written atomically, the weights last.</summary>
    public void Save(string folder) => TeacherFolder.Save(this, folder, _tokenizerFolder);

    public void Dispose() => Module.Dispose();
}
