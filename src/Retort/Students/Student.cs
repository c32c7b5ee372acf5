using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>A TextCNN with what it needs to answer. Not thread-safe: libtorch uses all its threads itself.</summary>
public sealed class Student : IDisposable
{
    /// <summary>The <c>model_type</c> of a student's config.json.</summary>
    public const string ModelType = StudentConfig.ModelKind;

    /// <summary>The files that a student's folder needs.</summary>
    internal static readonly string[] Files = [StudentFiles.ConfigName, StudentFiles.TensorsName, StudentFiles.VocabularyName];

    private const int BatchTokens = 16_384, BatchTexts = 1024;

    internal Student(TextCnn module, StudentEncoder encoder, LabelSet labels, TaskKind kind, Device device) =>
        (Module, Encoder, Labels, Kind, Device) = (module, encoder, labels, kind, device);

    public TextCnn Module { get; }

    public StudentEncoder Encoder { get; }

    public LabelSet Labels { get; }

    public TaskKind Kind { get; }

    public Device Device { get; }

    /// <summary>What logits are divided by before they become probabilities; fitted on dev. Default: 1.</summary>
    public double Temperature { get; set; } = 1;

    /// <summary>Loads a student from its folder, folded: see <see cref="Save"/>.</summary>
    /// <exception cref="RetortException">The folder is no student, is damaged, or was written by a newer version.</exception>
    public static Student Load(string folder, Device device) => FoldedStudent.Load(folder).ToStudent(device);

    /// <summary>
    /// Writes config.json, model.safetensors (F32) and vocab.txt into a new folder that takes the place of an older
    /// student. The per-token layer is folded: the file holds one narrow embedding a token.
    /// </summary>
    /// <exception cref="RetortException">Something that is not a student stands there.</exception>
    public void Save(string folder) => FoldedStudent.Of(this).Save(folder);

    /// <summary>The raw logits of some texts, in order, with the module in evaluation mode.</summary>
    public LogitTable Logits(IReadOnlyList<string> texts, CancellationToken cancellation = default) =>
        Logits(Encoder.EncodeAll(texts, cancellation), cancellation);

    /// <summary>The same for texts already encoded by <see cref="Encoder"/>.</summary>
    /// <exception cref="RetortException">A logit is not finite.</exception>
    public LogitTable Logits(IReadOnlyList<int[]> texts, CancellationToken cancellation = default)
    {
        bool training = Module.training;
        Module.eval();
        float[] logits = new float[texts.Count * Labels.Count];
        using var guard = no_grad();
        EachBatch(texts, (batch, input) =>
        {
            cancellation.ThrowIfCancellationRequested();
            float[] rows = Module.call(input).cpu().data<float>().ToArray();
            for (int k = 0; k < batch.Length; k++)
                rows.AsSpan(k * Labels.Count, Labels.Count).CopyTo(logits.AsSpan(batch[k] * Labels.Count));
        });
        Module.train(training);
        int bad = Array.FindIndex(logits, value => !float.IsFinite(value));
        return bad < 0 ? new LogitTable(logits, Labels.Count) : throw new RetortException(
            $"the student's logits of text {bad / Labels.Count} of {texts.Count} are not finite, since its training has diverged: expected finite ones; lower distillation.learning_rate, or set distillation.clip_norm to 1");
    }

    /// <summary>Hands over encoded texts in batches of like lengths, each in a DisposeScope of its own: which texts, and what the module reads.</summary>
    internal void EachBatch(IReadOnlyList<int[]> texts, Action<int[], TextBatch> take)
    {
        using var pause = CollectionPause.Begin();
        foreach (int[] batch in LengthBatches.Of(texts.Select(text => text.Length).ToArray(), null, BatchTokens, BatchTexts))
        {
            pause.BetweenSteps();
            using var scope = NewDisposeScope();
            take(batch, TextBatch.Create(Array.ConvertAll(batch, k => texts[k]), Module.Ngrams).To(Device));
        }
    }

    public void Dispose() => Module.Dispose();
}
