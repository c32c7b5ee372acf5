using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>
/// The loss terms on logits. Each is a scalar: a sum over classes and a mean over the batch, so that a term's scale
/// does not depend on the batch's size. Gradients flow to the student's logits, and to a temperature that has one; never to the teacher's.
/// </summary>
public static class Losses
{
    /// <summary>A logit of what is left out; finite, so that no gradient is 0 · ∞.</summary>
    private const double Never = -1e9;

    /// <summary>Keeps a deviation of 0 from being divided by.</summary>
    private const double Tiny = 1e-12;

    /// <summary>
    /// T² · KL(softmax(teacher/T) ‖ softmax(student/T)) (Hinton et al. 2015, arXiv:1503.02531). T² keeps the gradient's
    /// size when the temperature changes.
    /// </summary>
    /// <param name="student">(batch, classes) logits.</param>
    /// <param name="teacher">(batch, classes) logits.</param>
    /// <param name="temperature">T, above 0.</param>
    public static Tensor SoftLabelKl(Tensor student, Tensor teacher, double temperature)
    {
        using var scope = NewDisposeScope();
        return SoftLabelKlRows(student, teacher, full(1, 1, temperature, dtype: student.dtype, device: student.device)).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The same, of each text: (batch).</summary>
    /// <param name="student">(batch, classes) logits.</param>
    /// <param name="teacher">(batch, classes) logits.</param>
    /// <param name="temperature">(batch, 1), or (1, 1) for all; each above 0.</param>
    public static Tensor SoftLabelKlRows(Tensor student, Tensor teacher, Tensor temperature)
    {
        RequireSameShape(student, teacher);
        using var scope = NewDisposeScope();
        Tensor target = nn.functional.log_softmax(teacher.detach() / temperature, 1);
        Tensor answer = nn.functional.log_softmax(student / temperature, 1);
        Tensor divergence = (target.exp() * (target - answer)).sum(1); // (batch)
        return (divergence * temperature.squeeze(1).square()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The KL in two parts with weights of their own, of each text: (batch). T² · (target weight · KL of the target class against all others together
    /// + non-target weight · KL among the others) (Zhao et al. 2022, arXiv:2203.08679). In the plain KL the second part weighs 1 − the teacher's
    /// probability of the target, so little where the teacher is sure. Of two classes the second part is 0.
    /// </summary>
    /// <param name="student">(batch, classes) logits.</param>
    /// <param name="teacher">(batch, classes) logits.</param>
    /// <param name="targets">(batch) The class of each text, int64.</param>
    /// <param name="temperature">(batch, 1), or (1, 1) for all; each above 0.</param>
    /// <param name="targetWeight">Of the first part.</param>
    /// <param name="nonTargetWeight">Of the second.</param>
    public static Tensor DecoupledKlRows(Tensor student, Tensor teacher, Tensor targets, Tensor temperature, double targetWeight, double nonTargetWeight)
    {
        RequireSameShape(student, teacher);
        using var scope = NewDisposeScope();
        Tensor index = targets.unsqueeze(1);
        Tensor target = teacher.detach() / temperature, answer = student / temperature;
        Tensor isTarget = arange(student.shape[1], device: student.device).eq(index); // (batch, classes)
        (Tensor targetOf, Tensor othersOf) = Parts(target);
        (Tensor targetBy, Tensor othersBy) = Parts(answer);
        // The log-probabilities of the target class and of all others together.
        Tensor logP = cat([targetOf, othersOf], 1), logQ = cat([targetBy, othersBy], 1);
        Tensor first = (logP.exp() * (logP - logQ)).sum(1);
        Tensor logOther = Among(target), logAnswered = Among(answer);
        Tensor second = (logOther.exp() * (logOther - logAnswered)).masked_fill(isTarget, 0).sum(1);
        return ((first * targetWeight + second * nonTargetWeight) * temperature.squeeze(1).square()).MoveToOuterDisposeScope();

        (Tensor, Tensor) Parts(Tensor logits)
        {
            Tensor all = logits.logsumexp(1, keepdim: true);
            return (logits.gather(1, index) - all, logits.masked_fill(isTarget, Never).logsumexp(1, keepdim: true) - all);
        }

        Tensor Among(Tensor logits) => nn.functional.log_softmax(logits.masked_fill(isTarget, Never), 1);
    }

    /// <summary>
    /// Each row less its mean, by its standard deviation (of the population). Of logits: the student is held to the order and the proportions of the
    /// teacher's, and not to their size (Sun et al. 2024, arXiv:2403.01427). A row whose numbers are all alike becomes 0.
    /// </summary>
    /// <param name="rows">(batch, width)</param>
    public static Tensor Standardized(Tensor rows)
    {
        using var scope = NewDisposeScope();
        Tensor centred = rows - rows.mean([1], keepdim: true);
        Tensor deviation = (centred.square().mean([1], keepdim: true) + Tiny).sqrt();
        return (centred / deviation).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same for classes that exclude nothing: T² · the binary cross-entropy of sigmoid(student/T) against
    /// sigmoid(teacher/T).
    /// </summary>
    public static Tensor MultiLabelSoftLabel(Tensor student, Tensor teacher, double temperature)
    {
        RequireSameShape(student, teacher);
        using var scope = NewDisposeScope();
        Tensor target = (teacher.detach() / temperature).sigmoid();
        Tensor entropy = BinaryCrossEntropy(student / temperature, target).sum(1); // (batch)
        return (entropy.mean() * (temperature * temperature)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean squared difference of the logits, over classes and batch. Also for multi-label tasks.</summary>
    public static Tensor LogitMse(Tensor student, Tensor teacher)
    {
        using var scope = NewDisposeScope();
        return LogitMseRows(student, teacher).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The same, of each text: (batch).</summary>
    public static Tensor LogitMseRows(Tensor student, Tensor teacher)
    {
        RequireSameShape(student, teacher);
        using var scope = NewDisposeScope();
        return (student - teacher.detach()).square().mean([1]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Cross-entropy against the labels. With class weights it is the weighted mean, divided by the weight that the
    /// batch holds, so that weights move the balance between classes and not the term's scale.
    /// </summary>
    /// <param name="student">(batch, classes) logits.</param>
    /// <param name="targets">(batch, classes) probabilities: one 1 a row, or a soft label.</param>
    /// <param name="classWeights">(classes), or null for all 1.</param>
    public static Tensor HardLabel(Tensor student, Tensor targets, Tensor? classWeights = null)
    {
        RequireSameShape(student, targets);
        using var scope = NewDisposeScope();
        Tensor weights = classWeights is null ? targets.detach() : targets.detach() * classWeights; // (batch, classes)
        Tensor entropy = -(weights * nn.functional.log_softmax(student, 1)).sum();
        return (entropy / weights.sum()).MoveToOuterDisposeScope();
    }

    /// <summary>Binary cross-entropy of each class against 0, 1 or a probability, each class by its weight.</summary>
    /// <param name="student">(batch, classes) logits.</param>
    /// <param name="targets">(batch, classes) probabilities.</param>
    /// <param name="classWeights">(classes), or null for all 1.</param>
    public static Tensor MultiLabelHardLabel(Tensor student, Tensor targets, Tensor? classWeights = null)
    {
        RequireSameShape(student, targets);
        using var scope = NewDisposeScope();
        Tensor entropy = BinaryCrossEntropy(student, targets.detach()); // (batch, classes)
        if (classWeights is not null)
            entropy = entropy * (classWeights / classWeights.mean());
        return entropy.sum(1).mean().MoveToOuterDisposeScope();
    }

    private static Tensor BinaryCrossEntropy(Tensor logits, Tensor targets) =>
        nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction: nn.Reduction.None);

    private static void RequireSameShape(Tensor student, Tensor other)
    {
        if (student.dim() != 2 || !student.shape.SequenceEqual(other.shape))
        {
            throw new ArgumentException($"the student's logits are ({string.Join(", ", student.shape)}) and what they are "
                + $"held to is ({string.Join(", ", other.shape)}): both must be (batch, classes)");
        }
    }
}
