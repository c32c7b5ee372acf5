namespace Retort.Metrics;

/// <summary>Scores of a task with one class a text. Every method refuses empty and ill-matched input.</summary>
public static class SingleLabel
{
    /// <summary>Share of texts whose highest logit is their label's.</summary>
    /// <exception cref="ArgumentException">No rows, lists of unlike length, or a label out of range.</exception>
    public static double Accuracy(LogitTable logits, IReadOnlyList<int> labels) =>
        Right(logits, labels).Count(right => right) / (double)logits.Count;

    /// <summary>Which texts are classified right: what <see cref="McNemar"/> compares.</summary>
    /// <inheritdoc cref="Accuracy" path="/exception"/>
    public static bool[] Right(LogitTable logits, IReadOnlyList<int> labels)
    {
        Require.Labels(logits, labels);
        bool[] right = new bool[labels.Count];
        for (int i = 0; i < right.Length; i++)
            right[i] = logits.ArgMax(i) == labels[i];
        return right;
    }

    /// <summary>What was taken for what, with the scores of each class.</summary>
    /// <inheritdoc cref="Accuracy" path="/exception"/>
    public static ConfusionMatrix Confusion(LogitTable logits, IReadOnlyList<int> labels)
    {
        Require.Labels(logits, labels);
        return ConfusionMatrix.Of(labels, logits.ArgMaxes(), logits.Classes);
    }

    /// <summary>The mean F1 of the classes: see <see cref="ClassScores.MacroF1"/> for those that do not occur.</summary>
    /// <inheritdoc cref="Accuracy" path="/exception"/>
    public static double MacroF1(LogitTable logits, IReadOnlyList<int> labels) => Confusion(logits, labels).MacroF1;

    /// <summary>Share of texts to which student and teacher give the same class.</summary>
    /// <exception cref="ArgumentException">No rows, or tables of unlike shape.</exception>
    public static double Agreement(LogitTable student, LogitTable teacher)
    {
        Require.SameShape(student, teacher);
        int same = 0;
        for (int i = 0; i < student.Count; i++)
            same += student.ArgMax(i) == teacher.ArgMax(i) ? 1 : 0;
        return (double)same / student.Count;
    }

    /// <summary>Mean over texts of KL(softmax(teacher/T) ‖ softmax(student/T)) in nats, without the factor T².</summary>
    /// <exception cref="ArgumentException">No rows, tables of unlike shape, or a temperature that is not above 0.</exception>
    public static double Divergence(LogitTable student, LogitTable teacher, double temperature = 1)
    {
        Require.SameShape(student, teacher);
        Require.Temperature(temperature);
        double[] ours = new double[student.Classes], theirs = new double[student.Classes];
        double sum = 0;
        for (int i = 0; i < student.Count; i++)
        {
            Probability.LogSoftmax(student.Row(i), temperature, ours);
            Probability.LogSoftmax(teacher.Row(i), temperature, theirs);
            double row = 0;
            for (int k = 0; k < ours.Length; k++)
                row += Math.Exp(theirs[k]) * (theirs[k] - ours[k]);
            // Rounding may leave a hair below 0, which a divergence never is.
            sum += Math.Max(0, row);
        }
        return sum / student.Count;
    }

    /// <summary>Mean over texts of −log softmax(logits/T) at the label, in nats.</summary>
    /// <exception cref="ArgumentException">As for accuracy, or a temperature that is not above 0.</exception>
    public static double NegativeLogLikelihood(LogitTable logits, IReadOnlyList<int> labels, double temperature = 1)
    {
        Require.Labels(logits, labels);
        Require.Temperature(temperature);
        double[] row = new double[logits.Classes];
        double sum = 0;
        for (int i = 0; i < labels.Count; i++)
        {
            Probability.LogSoftmax(logits.Row(i), temperature, row);
            sum -= row[labels[i]];
        }
        return sum / labels.Count;
    }
}
