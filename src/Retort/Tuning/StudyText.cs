using System.Globalization;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Tuning.Plans;

namespace Retort.Tuning;

/// <summary>A study's result for people.</summary>
public static class StudyText
{
    /// <summary>The table of finalists, or of steps.</summary>
    public static TextTable Table(StudyResult result)
    {
        string metric = RecipeSchema.SnakeCase(result.Metric.ToString());
        if (result.Steps.Count > 0)
            return new TextTable(["step", $"dev {metric}", "gain", "standard error", "kept"], [.. result.Steps.Select(Row)]);
        bool timed = result.Finalists.Any(one => one.P50 is not null);
        string[] header = [$"finalist", $"dev {metric}", $"test {metric}", "size", .. timed ? new[] { "p50, µs" } : []];
        return new TextTable(header, [.. result.Finalists.Select(one => (string[])
        [
            one.Name + (one.Number == result.Winner.Number ? " *" : ""), Figures.Share(one.Dev), Figures.Share(one.Test), Figures.Bytes(one.Bytes),
            .. timed ? new[] { Figures.Number(one.P50) + (one.IsAllowed ? "" : ", too slow") } : [],
        ])]);
    }

    /// <summary>Whether the winner beats what it is compared with, and by how much: on dev, where it was chosen, and on test.</summary>
    public static string Verdict(StudyResult result)
    {
        string other = result.Compared.Number == 0 && result.Steps.Count == 0 ? "the recipe as it is" : $"'{result.Compared.Name}'";
        if (result.Winner.Number == result.Compared.Number)
            return $"Nothing that was tried beats {other}: on dev it has the highest mean over the seeds.";
        string dev = $"{Signed(result.OnDev.Difference)} on dev, {(result.OnDev.Pays ? "more than" : "within")} {Error(result.OnDev)}";
        string test = $"{Signed(result.OnTest.Difference)} on test, {(result.OnTest.Pays ? "more than" : result.OnTest.Difference > 0 ? "within" : "no gain;")} {Error(result.OnTest)}";
        string verdict = !result.OnDev.Pays ? $"The winner does not beat {other} by more than seeds differ"
            : result.OnTest.Pays ? $"The winner beats {other}" : $"The winner beats {other} on dev alone";
        return $"{verdict}: {dev}; {test}.";
    }

    private static string[] Row(AblationOutcome step) =>
    [
        step.Configuration.Name, Figures.Share(step.Scores), step.Gain is null ? Figures.None : Signed(step.Gain.Difference),
        Figures.Share(step.Gain?.StandardError), step.Gain is null && step.Kept ? "the first" : step.Scores is null ? "no: it failed" : step.Kept ? "yes" : "no",
    ];

    private static string Error(Gain gain) => gain.StandardError is { } error
        ? string.Create(CultureInfo.InvariantCulture, $"the standard error of the difference ({error:0.0000})") : "nothing: with one seed there is no spread to hold it against";

    private static string Signed(double difference) => string.Create(CultureInfo.InvariantCulture, $"{difference:+0.0000;−0.0000;0.0000}");
}
