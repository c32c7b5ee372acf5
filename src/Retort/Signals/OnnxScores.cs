using System.Globalization;
using Retort.Data;
using Retort.Signals.Files;

namespace Retort.Signals;

/// <summary>Tells what an ONNX model's output is, and makes logits of it.</summary>
internal static class OnnxScores
{
    // Float rounding, at most that of 16 bits.
    private const double ProbeTolerance = 2e-3;

    // exp of it is the smallest normal float: a softmax that rounds to 0 has −∞.
    private const double SmallestLog = -87;

    /// <summary>
    /// Names lie (an output "logits" may be log-probabilities), so values decide: every row sums to 1, or its exponentials do.
    /// Where classes do not exclude each other no sum tells, and the name has a say.
    /// </summary>
    /// <param name="name">The output's.</param>
    /// <param name="probe">(texts × classes) What it says of some texts.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="kind">Whether they exclude each other.</param>
    public static OnnxOutput Detect(string name, IReadOnlyList<float> probe, int classes, TaskKind kind)
    {
        if (kind == TaskKind.MultiLabel)
        {
            bool isProbable = name.Contains("prob", StringComparison.OrdinalIgnoreCase);
            if (isProbable && name.Contains("log", StringComparison.OrdinalIgnoreCase) && probe.All(value => value <= 0))
                return OnnxOutput.LogProbabilities;
            bool isLogits = name.Contains("logit", StringComparison.OrdinalIgnoreCase);
            return !isLogits && probe.All(value => value is >= 0 and <= 1) ? OnnxOutput.Probabilities : OnnxOutput.Logits;
        }
        float[][] rows = probe.Chunk(classes).ToArray();
        if (rows.All(row => row.All(value => value >= -ProbeTolerance) && SumsToOne(row.Sum(value => (double)value), ProbeTolerance)))
            return OnnxOutput.Probabilities;
        return rows.All(row => SumsToOne(row.Sum(value => Math.Exp(value)), ProbeTolerance)) ? OnnxOutput.LogProbabilities : OnnxOutput.Logits;
    }

    /// <summary>A row as logits, centred where it is none; null, with the reason, where it is not what it is taken for.</summary>
    public static float[]? ToLogits(ReadOnlySpan<float> row, OnnxOutput output, TaskKind kind, out string? problem)
    {
        problem = null;
        if (output == OnnxOutput.Logits)
            return row.ToArray();
        double[] values = Array.ConvertAll(row.ToArray(), value => (double)value);
        if (output == OnnxOutput.LogProbabilities)
            return kind == TaskKind.SingleLabel ? OfLogs(values, out problem) : OfEachLog(values, out problem);
        // A softmax in 16 bits may be a little off on either side.
        double[] probabilities = Array.ConvertAll(values, value => value is > -ProbeTolerance and < 1 + ProbeTolerance ? Math.Clamp(value, 0, 1) : value);
        problem = SignalNumbers.Problem(probabilities, SignalForm.Probabilities, kind);
        return problem is null ? SignalNumbers.ToLogits(probabilities, SignalForm.Probabilities, kind) : null;
    }

    private static float[]? OfLogs(double[] logs, out string? problem)
    {
        double sum = logs.Sum(Math.Exp);
        // A NaN passes: labelling names its text.
        problem = Math.Abs(sum - 1) > SignalNumbers.SumTolerance
            ? string.Create(CultureInfo.InvariantCulture, $"the exponentials of the log-probabilities sum to {sum:0.####}: expected 1") : null;
        if (problem is not null)
            return null;
        double[] clamped = Array.ConvertAll(logs, value => Math.Max(value, SmallestLog));
        double mean = clamped.Average();
        return Array.ConvertAll(clamped, value => (float)(value - mean));
    }

    private static float[]? OfEachLog(double[] logs, out string? problem)
    {
        double highest = logs.Max();
        problem = highest > ProbeTolerance
            ? string.Create(CultureInfo.InvariantCulture, $"the log-probability {highest:0.####}: expected 0 or less") : null;
        return problem is null ? SignalNumbers.ToLogits(Array.ConvertAll(logs, value => Math.Min(1, Math.Exp(value))),
            SignalForm.Probabilities, TaskKind.MultiLabel) : null;
    }

    private static bool SumsToOne(double sum, double tolerance) => Math.Abs(sum - 1) <= tolerance;
}
