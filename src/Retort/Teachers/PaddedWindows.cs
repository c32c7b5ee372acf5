using static TorchSharp.torch;

namespace Retort.Teachers;

/// <summary>A batch of texts as tensors, in the caller's dispose scope.</summary>
/// <param name="Ids">(windows, tokens) int64, padded with 0.</param>
/// <param name="Mask">(windows, 1, 1, tokens) 0 for a token, −∞ for padding; null where nothing is padded.</param>
/// <param name="Lengths">(windows) tokens of each window, float.</param>
/// <param name="Owners">(windows) the text that each window belongs to; null where each text has one.</param>
internal sealed record PaddedWindows(Tensor Ids, Tensor? Mask, Tensor Lengths, Tensor? Owners)
{
    public static PaddedWindows Make(IReadOnlyList<EncodedText> texts, Device device)
    {
        int count = texts.Sum(text => text.Windows.Length), width = texts.Max(text => text.Length);
        long[] ids = new long[count * width];
        float[] mask = new float[count * width], lengths = new float[count];
        long[] owners = new long[count];
        Array.Fill(mask, float.NegativeInfinity);
        int row = 0;
        for (int k = 0; k < texts.Count; k++)
        {
            foreach (int[] window in texts[k].Windows)
            {
                for (int t = 0; t < window.Length; t++)
                    ids[row * width + t] = window[t];
                mask.AsSpan(row * width, window.Length).Clear();
                (lengths[row], owners[row]) = (window.Length, k);
                row++;
            }
        }
        bool padded = Array.Exists(lengths, length => length < width);
        return new PaddedWindows(
            tensor(ids, [count, width], device: device),
            padded ? tensor(mask, [count, 1, 1, width], device: device) : null,
            tensor(lengths, device: device),
            count > texts.Count ? tensor(owners, device: device) : null);
    }

    /// <summary>The mean of each text's windows: (windows, width) → (texts, width).</summary>
    public Tensor MeanByText(Tensor rows, int texts)
    {
        if (Owners is null)
            return rows;
        using var scope = NewDisposeScope();
        Tensor sums = zeros([texts, rows.shape[1]], device: rows.device).index_add(0, Owners, rows, 1);
        Tensor counts = zeros([texts, 1], device: rows.device)
            .index_add(0, Owners, ones([rows.shape[0], 1], device: rows.device), 1);
        return (sums / counts).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of each window's token states: (windows, tokens, hidden) → (windows, hidden).</summary>
    public Tensor MeanOfTokens(Tensor states)
    {
        using var scope = NewDisposeScope();
        Tensor kept = Mask is null ? states : states * Mask.view(Ids.shape[0], Ids.shape[1], 1).exp();
        return (kept.sum(1) / Lengths.unsqueeze(1)).MoveToOuterDisposeScope();
    }
}
