using Retort.Runs;

namespace Retort.Assessment;

/// <summary>What a classifier must do where it is to run; null: no need.</summary>
public sealed record AssessmentNeeds
{
    /// <summary>Milliseconds that 95 of 100 texts may take, from raw text on one thread.</summary>
    public double? BudgetMilliseconds { get; init; }

    /// <summary>Megabytes (10⁶ bytes) on disk.</summary>
    public double? BudgetMegabytes { get; init; }

    /// <summary>Least share of texts with the right class, from 0 to 1.</summary>
    public double? MinAccuracy { get; init; }

    /// <summary>Least texts a second on one thread.</summary>
    public double? TextsPerSecond { get; init; }

    /// <exception cref="UsageException">A need is no number that anything could meet.</exception>
    public void Validate()
    {
        Positive("--budget-ms", BudgetMilliseconds);
        Positive("--budget-mb", BudgetMegabytes);
        Positive("--texts-per-second", TextsPerSecond);
        if (MinAccuracy is { } accuracy && !(accuracy is > 0 and <= 1))
        {
            throw new UsageException(FormattableString.Invariant($"--min-accuracy is {accuracy}: expected a share above 0 and up to 1")
                + (accuracy is > 1 and <= 100 ? FormattableString.Invariant($", such as {accuracy / 100} for {accuracy} %") : ""));
        }
    }

    private static void Positive(string option, double? value)
    {
        if (value is { } number && !(double.IsFinite(number) && number > 0))
            throw new UsageException(FormattableString.Invariant($"{option} is {number}: expected a number above 0"));
    }
}
