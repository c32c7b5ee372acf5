using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>How far features are from states: scalars, means over the batch.</summary>
internal static class AlignmentLosses
{
    /// <summary>Mean squared difference, over features and batch.</summary>
    /// <param name="answer">(batch, width)</param>
    /// <param name="target">(batch, width)</param>
    /// <param name="weights">(width) of each feature; null: 1.</param>
    public static Tensor Mse(Tensor answer, Tensor target, Tensor? weights = null)
    {
        Tensor squares = (answer - target).square();
        return (weights is null ? squares : squares * weights).mean();
    }

    /// <summary>1 − the mean cosine.</summary>
    /// <param name="answer">(batch, width)</param>
    /// <param name="target">(batch, width)</param>
    public static Tensor Cosine(Tensor answer, Tensor target) => 1 - nn.functional.cosine_similarity(answer, target, 1).mean();

    /// <summary>Mean squared difference of the two matrices of dot products among the rows, each of whose rows is scaled to a length of 1.</summary>
    /// <param name="answer">(batch, any width)</param>
    /// <param name="target">(batch, any width)</param>
    public static Tensor Similarity(Tensor answer, Tensor target) => (Gram(answer) - Gram(target)).square().mean();

    /// <summary>Mean cross-entropy of the softmax of a row's cosines to all targets, over the temperature, against its own target.</summary>
    /// <param name="answer">(batch, width)</param>
    /// <param name="target">(batch, width)</param>
    /// <param name="temperature">Above 0.</param>
    public static Tensor Contrastive(Tensor answer, Tensor target, double temperature)
    {
        Tensor cosines = nn.functional.normalize(answer, dim: 1).matmul(nn.functional.normalize(target, dim: 1).t()); // (batch, batch)
        return -nn.functional.log_softmax(cosines / temperature, 1).diagonal().mean();
    }

    private static Tensor Gram(Tensor rows) => nn.functional.normalize(rows.matmul(rows.t()), dim: 1);
}
