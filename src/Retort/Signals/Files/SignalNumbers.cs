using System.Globalization;
using Retort.Data;
using Retort.Runs;

namespace Retort.Signals.Files;

/// <summary>Checks the numbers of a signal and turns them into logits.</summary>
internal static class SignalNumbers
{
    /// <summary>Probabilities below this count as this, so that their logits are finite.</summary>
    public const double SmallestProbability = 1e-6;

    /// <summary>How far from 1 probabilities may sum: they may be rounded to two digits.</summary>
    public const double SumTolerance = 0.02;

    /// <exception cref="RetortException">It is no finite number.</exception>
    public static double Parse(Place place, string name, string cell) =>
        double.TryParse(cell.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
        : throw new RetortException($"{place}: {name} is '{Excerpt.Of(cell, 40)}': expected a finite number");

    /// <summary>Why a row cannot be what a form says, or null.</summary>
    public static string? Problem(ReadOnlySpan<double> row, SignalForm form, TaskKind kind)
    {
        double sum = 0;
        foreach (double value in row)
        {
            if (form == SignalForm.Probabilities && value is < 0 or > 1)
                return Invariant($"the probability {value}: expected 0 to 1; logits stand in columns named logit:CLASS");
            if (form == SignalForm.Votes && (value < 0 || value != Math.Floor(value)))
                return Invariant($"{value} votes: expected a whole number");
            sum += value;
        }
        if (form == SignalForm.Probabilities && kind == TaskKind.SingleLabel && Math.Abs(sum - 1) > SumTolerance)
            return Invariant($"the probabilities sum to {sum:0.####}: expected 1; is a class missing?");
        return form == SignalForm.Votes && sum == 0 ? "no votes: expected at least one; leave the row out" : null;
    }

    /// <summary>
    /// A row as logits whose softmax (multi-label: sigmoid) is its probabilities. Those of one label are centred, as a
    /// classifier's are; of n votes, a class with v has (v + 1/classes) / (n + 1).
    /// </summary>
    public static float[] ToLogits(double[] row, SignalForm form, TaskKind kind)
    {
        if (form == SignalForm.Logits)
            return Array.ConvertAll(row, value => (float)value);
        double sum = row.Sum();
        double[] p = form == SignalForm.Votes ? Array.ConvertAll(row, votes => (votes + 1.0 / row.Length) / (sum + 1))
            : kind == TaskKind.SingleLabel ? Array.ConvertAll(row, value => value / sum) : row;
        if (kind == TaskKind.MultiLabel)
            return Array.ConvertAll(p, value => (float)LogOdds(Math.Clamp(value, SmallestProbability, 1 - SmallestProbability)));
        double[] logs = Array.ConvertAll(p, value => Math.Log(Math.Max(value, SmallestProbability)));
        double mean = logs.Average();
        return Array.ConvertAll(logs, value => (float)(value - mean));
    }

    private static double LogOdds(double p) => Math.Log(p / (1 - p));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
