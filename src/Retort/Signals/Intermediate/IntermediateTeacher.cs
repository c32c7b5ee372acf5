using System.Runtime.InteropServices;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Signals.Intermediate;

/// <summary>Looks into a teacher. Owns nothing; not thread-safe.</summary>
/// <param name="teacher">In evaluation mode; no gradient reaches it.</param>
/// <param name="layers">What of it is kept.</param>
public sealed class IntermediateTeacher(Teacher teacher, IntermediateLayers layers)
{
    public IntermediateShape Shape { get; } = layers.Shape(teacher.Config.Hidden);

    /// <summary>What is kept of some texts, in their order.</summary>
    /// <param name="texts">The texts, encoded by its encoder.</param>
    /// <param name="batchTokens">Tokens a batch, padding included.</param>
    /// <param name="done">Told how many more texts are done.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    public IntermediateSignal[] Of(IReadOnlyList<EncodedText> texts, int batchTokens, Action<int>? done = null, CancellationToken cancellation = default)
    {
        var signals = new IntermediateSignal[texts.Count];
        teacher.Module.eval();
        int[] lengths = [.. texts.Select(text => text.Length)], windows = [.. texts.Select(text => text.Windows.Length)];
        using var pause = CollectionPause.Begin();
        foreach (int[] batch in LengthBatches.Of(lengths, windows, batchTokens))
        {
            cancellation.ThrowIfCancellationRequested();
            pause.BetweenSteps();
            using var inference = inference_mode();
            using var scope = NewDisposeScope();
            Look(Array.ConvertAll(batch, k => texts[k]), batch, signals);
            done?.Invoke(batch.Length);
        }
        return signals;
    }

    private void Look(EncodedText[] texts, int[] places, IntermediateSignal[] signals)
    {
        PaddedWindows batch = PaddedWindows.Make(texts, teacher.Device);
        var probe = new LayerProbe(layers.States, layers.Attention);
        teacher.Module.Encode(batch.Ids, batch.Mask, probe);
        for (int k = 0; k < texts.Length; k++)
        {
            // [CLS] and [SEP] of each window are left out.
            int tokens = texts[k].Windows.Sum(window => window.Length - 2);
            signals[places[k]] = new IntermediateSignal(Shape, tokens, new float[Shape.Count(tokens)]);
        }
        int[] first = FirstWindows(texts);
        for (int layer = 0; layer < layers.Pooled.Length; layer++)
        {
            Tensor states = probe.States(layers.Pooled[layer]);
            Tensor rows = layers.PooledState == PooledState.Cls ? states.select(1, 0) : batch.MeanOfTokens(states); // (windows, hidden)
            ReadOnlySpan<float> values = Values(batch.MeanByText(rows, texts.Length));
            for (int k = 0; k < texts.Length; k++)
                values.Slice(k * Shape.Hidden, Shape.Hidden).CopyTo(signals[places[k]].Values.AsSpan(layer * Shape.Hidden));
        }
        int width = (int)batch.Ids.shape[1];
        for (int layer = 0; layer < layers.Tokens.Length; layer++)
        {
            ReadOnlySpan<float> values = Values(probe.States(layers.Tokens[layer])); // (windows, tokens, hidden)
            for (int k = 0; k < texts.Length; k++)
            {
                IntermediateSignal signal = signals[places[k]];
                int to = (Shape.Pooled + layer * signal.Tokens) * Shape.Hidden;
                for (int w = 0; w < texts[k].Windows.Length; w++)
                {
                    int length = (texts[k].Windows[w].Length - 2) * Shape.Hidden;
                    values.Slice(((first[k] + w) * width + 1) * Shape.Hidden, length).CopyTo(signal.Values.AsSpan(to));
                    to += length;
                }
            }
        }
        int perLayer = Math.Max(1, layers.Heads.Length);
        for (int layer = 0; layer < layers.Attention.Length; layer++)
        {
            Tensor maps = Attention(probe.Scores(layers.Attention[layer]), batch); // (windows, maps, tokens, tokens)
            ReadOnlySpan<float> values = Values(maps);
            for (int k = 0; k < texts.Length; k++)
            {
                IntermediateSignal signal = signals[places[k]];
                for (int map = 0; map < perLayer; map++)
                    CopyMap(values[((first[k] * perLayer + map) * width * width)..], width, signal, layer * perLayer + map);
            }
        }
    }

    // (windows, heads, tokens, tokens) → (windows, maps, tokens, tokens)
    private Tensor Attention(Tensor scores, PaddedWindows batch)
    {
        if (!layers.AttentionScores)
        {
            // A text's own tokens stand from 1 to two below its length.
            Tensor place = arange(batch.Ids.shape[1], device: scores.device).view(1, 1, 1, -1);
            Tensor isOwn = place.gt(0).logical_and(place.lt(batch.Lengths.view(-1, 1, 1, 1) - 1));
            // A window without any is not read.
            scores = scores.masked_fill(isOwn.logical_not(), -1e9).softmax(3);
        }
        return layers.Heads.Length == 0 ? scores.mean([1], keepdim: true)
            : scores.index_select(1, tensor(Array.ConvertAll(layers.Heads, head => (long)head), device: scores.device));
    }

    private static void CopyMap(ReadOnlySpan<float> values, int width, IntermediateSignal signal, int map)
    {
        int tokens = signal.Tokens, start = signal.Values.Length - signal.Shape.Maps * tokens * tokens + map * tokens * tokens;
        for (int token = 0; token < tokens; token++)
            values.Slice((token + 1) * width + 1, tokens).CopyTo(signal.Values.AsSpan(start + token * tokens));
    }

    private static int[] FirstWindows(EncodedText[] texts)
    {
        int[] first = new int[texts.Length];
        for (int k = 1; k < first.Length; k++)
            first[k] = first[k - 1] + texts[k - 1].Windows.Length;
        return first;
    }

    private static ReadOnlySpan<float> Values(Tensor rows) => MemoryMarshal.Cast<byte, float>(rows.cpu().contiguous().bytes);
}
