using System.Runtime.InteropServices;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Teachers;

/// <summary>A teacher's word on some texts, in their order.</summary>
/// <param name="Logits">(texts × classes), row by row.</param>
/// <param name="Pooled">(texts × hidden), row by row; empty where no pooled state was asked for.</param>
public sealed record TeacherOutputs(float[] Logits, float[] Pooled)
{
    /// <summary>Runs the teacher over texts, sorted by length so that little is padded, in inference mode.</summary>
    /// <param name="teacher">The teacher; left in evaluation mode.</param>
    /// <param name="texts">The texts, encoded by its encoder.</param>
    /// <param name="pooled">Which pooled state to return.</param>
    /// <param name="batchTokens">Tokens a batch, padding included.</param>
    /// <param name="done">Told how many more texts are done, with their tokens.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    public static TeacherOutputs Of(Teacher teacher, IReadOnlyList<EncodedText> texts, PooledState pooled, int batchTokens,
        Action<int, long>? done = null, CancellationToken cancellation = default)
    {
        int classes = teacher.Labels.Count, hidden = pooled == PooledState.None ? 0 : teacher.Config.Hidden;
        var outputs = new TeacherOutputs(new float[texts.Count * classes], new float[texts.Count * hidden]);
        teacher.Module.eval();
        int[] lengths = texts.Select(text => text.Length).ToArray(), windows = texts.Select(text => text.Windows.Length).ToArray();
        using var pause = CollectionPause.Begin();
        foreach (int[] batch in LengthBatches.Of(lengths, windows, batchTokens))
        {
            cancellation.ThrowIfCancellationRequested();
            pause.BetweenSteps();
            using var inference = inference_mode();
            using var scope = NewDisposeScope();
            EncodedText[] chosen = Array.ConvertAll(batch, k => texts[k]);
            (Tensor logits, Tensor? vectors) = teacher.Forward(chosen, pooled);
            Scatter(logits, batch, outputs.Logits, classes);
            if (vectors is not null)
                Scatter(vectors, batch, outputs.Pooled, hidden);
            done?.Invoke(batch.Length, chosen.Sum(text => text.Windows.Sum(window => (long)window.Length)));
        }
        return outputs;
    }

    private static void Scatter(Tensor rows, int[] batch, float[] destination, int width)
    {
        using Tensor flat = rows.cpu().contiguous();
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(flat.bytes);
        for (int k = 0; k < batch.Length; k++)
            values.Slice(k * width, width).CopyTo(destination.AsSpan(batch[k] * width));
    }
}
