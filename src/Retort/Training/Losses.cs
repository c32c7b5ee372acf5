using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>
/// The loss terms on logits. Each is a scalar: a sum over classes and a mean over the batch, so that a term's scale
/// does not depend on the batch's size. Gradients flow to the student's logits alone.
/// </summary>
public static class Losses
{
    /// <summary>
    /// T² · KL(softmax(teacher/T) ‖ softmax(student/T)) (Hinton et al. 2015, arXiv:1503.02531). T² keeps the gradient's
    /// size when the temperature changes.
    /// </summary>
    /// <param name="student">(batch, classes) logits.</param>
    /// <param name="teacher">(batch, classes) logits.</param>
    /// <param name="temperature">T, above 0.</param>
    public static Tensor SoftLabelKl(Tensor student, Tensor teacher, double temperature)
    {
        RequireSameShape(student, teacher);
        using var scope = NewDisposeScope();
        Tensor target = nn.functional.log_softmax(teacher.detach() / temperature, 1);
        Tensor answer = nn.functional.log_softmax(student / temperature, 1);
        Tensor divergence = (target.exp() * (target - answer)).sum(1); // (batch)
        return (divergence.mean() * (temperature * temperature)).MoveToOuterDisposeScope();
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
        RequireSameShape(student, teacher);
        using var scope = NewDisposeScope();
        return (student - teacher.detach()).square().mean().MoveToOuterDisposeScope();
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
