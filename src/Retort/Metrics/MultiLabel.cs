namespace Retort.Metrics;

/// <summary>
/// Scores of a task with any number of classes a text. A class is given where its sigmoid is above 0.5, that is, its
/// logit above 0; a text has a class where its target is above 0.5. Every method refuses empty and ill-matched input.
/// </summary>
public static class MultiLabel
{
    /// <summary>Share of texts that are given exactly their set of classes.</summary>
    /// <exception cref="ArgumentException">No rows, or rows of unlike count or length.</exception>
    public static double SubsetAccuracy(LogitTable logits, IReadOnlyList<float[]> targets) =>
        Right(logits, targets).Count(right => right) / (double)logits.Count;

    /// <summary>Which texts are given exactly their set of classes: what <see cref="McNemar"/> compares.</summary>
    /// <inheritdoc cref="SubsetAccuracy" path="/exception"/>
    public static bool[] Right(LogitTable logits, IReadOnlyList<float[]> targets)
    {
        Require.Targets(logits, targets);
        bool[] right = new bool[targets.Count];
        for (int i = 0; i < right.Length; i++)
        {
            ReadOnlySpan<float> row = logits.Row(i);
            right[i] = true;
            for (int k = 0; k < row.Length; k++)
                right[i] &= row[k] > 0 == targets[i][k] > 0.5f;
        }
        return right;
    }

    /// <summary>The scores of each class, in index order.</summary>
    /// <inheritdoc cref="SubsetAccuracy" path="/exception"/>
    public static ClassScores[] PerClass(LogitTable logits, IReadOnlyList<float[]> targets)
    {
        Require.Targets(logits, targets);
        var scores = new ClassScores[logits.Classes];
        for (int k = 0; k < scores.Length; k++)
        {
            int hits = 0, support = 0, predicted = 0;
            for (int i = 0; i < targets.Count; i++)
            {
                bool given = logits.Row(i)[k] > 0, has = targets[i][k] > 0.5f;
                hits += given && has ? 1 : 0;
                predicted += given ? 1 : 0;
                support += has ? 1 : 0;
            }
            scores[k] = ClassScores.From(hits, support, predicted);
        }
        return scores;
    }

    /// <summary>The mean F1 of the classes: see <see cref="ClassScores.MacroF1"/> for those that do not occur.</summary>
    /// <inheritdoc cref="SubsetAccuracy" path="/exception"/>
    public static double MacroF1(LogitTable logits, IReadOnlyList<float[]> targets) =>
        ClassScores.MacroF1(PerClass(logits, targets));

    /// <summary>F1 over all pairs of text and class at once; 0 where no text has a class and none is given one.</summary>
    /// <inheritdoc cref="SubsetAccuracy" path="/exception"/>
    public static double MicroF1(LogitTable logits, IReadOnlyList<float[]> targets)
    {
        ClassScores[] scores = PerClass(logits, targets);
        double hits = scores.Sum(one => one.Recall * one.Support);
        int whole = scores.Sum(one => one.Support + one.Predicted);
        return whole == 0 ? 0 : 2 * hits / whole;
    }

    /// <summary>Share of texts to which student and teacher give the same set of classes.</summary>
    /// <exception cref="ArgumentException">No rows, or tables of unlike shape.</exception>
    public static double Agreement(LogitTable student, LogitTable teacher)
    {
        Require.SameShape(student, teacher);
        int same = 0;
        for (int i = 0; i < student.Count; i++)
        {
            ReadOnlySpan<float> ours = student.Row(i), theirs = teacher.Row(i);
            int k = 0;
            while (k < ours.Length && ours[k] > 0 == theirs[k] > 0)
                k++;
            same += k == ours.Length ? 1 : 0;
        }
        return (double)same / student.Count;
    }

    /// <summary>For each class, the share of texts on which student and teacher both give it or both do not.</summary>
    /// <inheritdoc cref="Agreement" path="/exception"/>
    public static double[] PerClassAgreement(LogitTable student, LogitTable teacher)
    {
        Require.SameShape(student, teacher);
        int[] same = new int[student.Classes];
        for (int j = 0; j < student.Values.Length; j++)
            same[j % same.Length] += student.Values[j] > 0 == teacher.Values[j] > 0 ? 1 : 0;
        return Array.ConvertAll(same, count => (double)count / student.Count);
    }

    /// <summary>Mean over texts of the sum over classes of KL(σ(teacher/T) ‖ σ(student/T)), in nats.</summary>
    /// <exception cref="ArgumentException">No rows, tables of unlike shape, or a temperature that is not above 0.</exception>
    public static double Divergence(LogitTable student, LogitTable teacher, double temperature = 1)
    {
        Require.SameShape(student, teacher);
        Require.Temperature(temperature);
        double sum = 0;
        for (int j = 0; j < student.Values.Length; j++)
        {
            double ours = student.Values[j] / temperature, theirs = teacher.Values[j] / temperature;
            double p = Probability.Sigmoid(theirs), q = Probability.Sigmoid(-theirs);
            sum += Math.Max(0, p * (Probability.LogSigmoid(theirs) - Probability.LogSigmoid(ours))
                + q * (Probability.LogSigmoid(-theirs) - Probability.LogSigmoid(-ours)));
        }
        return sum / student.Count;
    }

    /// <summary>Mean over texts of the sum over classes of the binary cross-entropy of σ(logits/T), in nats.</summary>
    /// <exception cref="ArgumentException">As for accuracy, or a temperature that is not above 0.</exception>
    public static double NegativeLogLikelihood(LogitTable logits, IReadOnlyList<float[]> targets, double temperature = 1)
    {
        Require.Targets(logits, targets);
        Require.Temperature(temperature);
        double sum = 0;
        for (int j = 0; j < logits.Values.Length; j++)
        {
            double target = targets[j / logits.Classes][j % logits.Classes], z = logits.Values[j] / temperature;
            sum -= target * Probability.LogSigmoid(z) + (1 - target) * Probability.LogSigmoid(-z);
        }
        return sum / targets.Count;
    }

    /// <summary>
    /// The expected calibration error of each class: its probability σ(logit/T) in 15 bins of equal width from 0 to 1,
    /// against the share of texts that have it.
    /// </summary>
    /// <exception cref="ArgumentException">As for accuracy, or a temperature that is not above 0.</exception>
    public static double[] PerClassCalibrationError(LogitTable logits, IReadOnlyList<float[]> targets, double temperature = 1)
    {
        Require.Targets(logits, targets);
        Require.Temperature(temperature);
        double[] errors = new double[logits.Classes];
        for (int k = 0; k < errors.Length; k++)
        {
            var bins = new Calibration.BinSums();
            for (int i = 0; i < targets.Count; i++)
                bins.Add(Probability.Sigmoid(logits.Row(i)[k] / temperature), targets[i][k] > 0.5f ? 1 : 0);
            errors[k] = Calibration.ExpectedError(bins.ToBins());
        }
        return errors;
    }
}
