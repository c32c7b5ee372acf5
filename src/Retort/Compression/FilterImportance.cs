using Retort.Data;
using Retort.Metrics;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>What says how much a filter matters.</summary>
public enum Importance
{
    /// <summary>The sum of the magnitudes of its weights (Li et al. 2016, arXiv:1608.08710), in units of its window: see <see cref="L2"/>.</summary>
    L1,

    /// <summary>
    /// The norm of its weights, in units of the root mean square over the filters of its window, as Molchanov et al. 2016 (arXiv:1611.06440) make layers comparable: what
    /// the width of a window alone makes large or small says nothing.
    /// </summary>
    L2,

    /// <summary>
    /// What the cross-entropy to the student's own answers would change by without it, to first order: |feature · ∂loss/∂feature|, summed over texts (Molchanov et
    /// al. 2016, arXiv:1611.06440).
    /// </summary>
    Taylor,

    /// <summary>In how many texts it wins: of its window's filters, each in units of its own spread, it stands out most.</summary>
    Activation,

    /// <summary>What its features, by their spread over texts, move the answer by.</summary>
    Contribution,

    /// <summary>How far the entries of its table move its sums, over the tokens of the texts, times what the next layer makes of it.</summary>
    Table,
}

/// <summary>The importance of each filter of a student.</summary>
internal static class FilterImportance
{
    private const double Constant = 1e-9;

    /// <summary>(windows, filters), the more the worthier of keeping.</summary>
    /// <param name="kind">How.</param>
    /// <param name="student">The student.</param>
    /// <param name="use">Texts as it reads them.</param>
    /// <param name="wanted">Gives the logits whose answers the loss of <see cref="Importance.Taylor"/>, which alone asks, is against: (texts, classes).</param>
    public static double[][] Of(Importance kind, FoldedStudent student, TokenUse use, Func<LogitTable> wanted)
    {
        using var scope = NewDisposeScope();
        Tensor importance = kind switch // (filters of all windows)
        {
            Importance.L1 => Magnitude(student, weights => weights.abs().sum(1)),
            Importance.L2 => Magnitude(student, weights => weights.square().sum(1).sqrt()),
            Importance.Taylor => Taylor(student, use, wanted()),
            Importance.Activation => Wins(student, use),
            Importance.Contribution => Contribution(student, use),
            _ => Table(student, use),
        };
        float[] values = importance.to(float32).data<float>().ToArray();
        StudentShape shape = student.Shape;
        return [.. shape.Windows.Select((_, k) => values.AsSpan(shape.MapStart(k), shape.Filters[k]).ToArray().Select(value => (double)value).ToArray())];
    }

    // A gate counts as much as its value.
    private static Tensor Magnitude(FoldedStudent student, Func<Tensor, Tensor> measure)
    {
        StudentShape shape = student.Shape;
        return cat([.. shape.Windows.Select((window, k) =>
        {
            Tensor weights = tensor(student[StudentShape.ConvolutionWeight(window)], [shape.Parts, shape.Filters[k], window * shape.EmbeddingWidth]);
            Tensor own = measure(weights.transpose(0, 1).flatten(1)); // (filters)
            return own / own.square().mean().sqrt().clamp_min(Constant);
        })]);
    }

    private static Tensor Taylor(FoldedStudent student, TokenUse use, LogitTable wanted)
    {
        using Student computing = student.ToStudent(CPU);
        Tensor sum = zeros(student.Shape.PooledWidth);
        computing.EachBatch(use.Texts, (batch, input) =>
        {
            Tensor features;
            using (no_grad())
                features = computing.Module.Features(input);
            features.requires_grad = true;
            Loss(computing.Module.Classify(features), student.Kind, wanted, batch).backward();
            sum.add_((features * features.grad!).abs().sum(dim: 0).detach());
        });
        return OfFilters(student.Shape, sum);
    }

    // To answers, and not to logits: from those a student that nothing was taken from yet is not away at all.
    private static Tensor Loss(Tensor logits, TaskKind kind, LogitTable wanted, int[] batch)
    {
        if (kind == TaskKind.SingleLabel)
            return nn.functional.cross_entropy(logits, tensor(Array.ConvertAll(batch, k => (long)wanted.ArgMax(k))), reduction: nn.Reduction.Sum);
        float[] has = [.. batch.SelectMany(k => wanted.Row(k).ToArray().Select(logit => logit > 0 ? 1f : 0f))];
        return nn.functional.binary_cross_entropy_with_logits(logits, tensor(has, logits.shape), reduction: nn.Reduction.Sum);
    }

    private static Tensor Wins(FoldedStudent student, TokenUse use)
    {
        StudentShape shape = student.Shape;
        Tensor features = Reconstruction.Features(student, use.Texts);
        Tensor spread = features.std(dim: 0, unbiased: false, keepdim: true);
        // What is the same in all texts wins in none.
        Tensor maxima = ((features - features.mean([0], keepdim: true)) / spread.clamp_min(Constant)).masked_fill(spread < Constant, double.NegativeInfinity);
        return cat([.. shape.Windows.Select((_, k) => bincount(maxima.narrow(1, shape.MapStart(k), shape.Filters[k]).argmax(1), minlength: shape.Filters[k]))]);
    }

    private static Tensor Contribution(FoldedStudent student, TokenUse use)
    {
        Tensor features = Reconstruction.Features(student, use.Texts);
        return OfFilters(student.Shape, features.std(dim: 0, unbiased: false) * ReaderNorms(student));
    }

    private static Tensor Table(FoldedStudent student, TokenUse use)
    {
        StudentShape shape = student.Shape;
        Tensor rows = student.Embeddings().to(float64);
        Tensor weights = tensor(use.Counts.Select(count => (double)count).ToArray());
        weights /= weights.sum();
        Tensor centred = rows - weights.unsqueeze(0).matmul(rows);
        Tensor covariance = (centred * weights.unsqueeze(1)).t().matmul(centred);
        Tensor spread = cat([.. shape.Windows.Select((window, k) =>
        {
            Tensor filters = student.Filters(k).to(float64);
            Tensor variance = (filters.matmul(covariance) * filters).sum(1).clamp_min(0); // (raw channels · offsets)
            return variance.view(shape.Parts, shape.Filters[k], window).sum([0, 2]).sqrt(); // (filters)
        })]);
        return spread * OfFilters(shape, ReaderNorms(student));
    }

    /// <summary>(pooled width) how much the next layer makes of a feature; what all classes have in common counts for nothing.</summary>
    private static Tensor ReaderNorms(FoldedStudent student)
    {
        float[] reader = student[student.Reader];
        Tensor weights = tensor(reader, [reader.Length / student.Shape.PooledWidth, student.Shape.PooledWidth]).to(float64);
        if (student.Shape.HiddenWidth == 0 && student.Kind == TaskKind.SingleLabel)
            weights -= weights.mean([0], keepdim: true);
        return weights.square().sum(dim: 0).sqrt();
    }

    /// <summary>(pooled width) → (filters of all windows): a filter's maximum and, where there is one, its mean.</summary>
    private static Tensor OfFilters(StudentShape shape, Tensor features)
    {
        Tensor maxima = features.narrow(0, 0, shape.MapWidth);
        return shape.Pooling == Pooling.MaxMean ? maxima + features.narrow(0, shape.MapWidth, shape.MapWidth) : maxima;
    }
}
