namespace Retort.Assessment;

/// <summary>What to do.</summary>
public enum Verdict
{
    /// <summary>No distillation needed: the linear model is enough.</summary>
    LinearIsEnough,

    /// <summary>Distil with the recipe.</summary>
    Distil,

    /// <summary>Use the teacher as it is.</summary>
    KeepTeacher,

    /// <summary>Nothing that is known here meets the needs.</summary>
    NothingMeetsTheNeeds,
}

/// <summary>What to do, and why.</summary>
/// <param name="Verdict">What.</param>
/// <param name="Reasons">In plain words, the weightiest first.</param>
public sealed record Recommendation(Verdict Verdict, IReadOnlyList<string> Reasons)
{
    /// <summary>A model within this share of accuracy of another is as good.</summary>
    public const double Margin = 0.01;

    /// <summary>Decides. A pure function.</summary>
    /// <param name="needs">What was asked for.</param>
    /// <param name="linear">The linear model on dev; null: there is none.</param>
    /// <param name="teacher">The finished teacher; null: it must be fine-tuned first.</param>
    /// <param name="student">A student of the recipe's shape, untrained: its accuracy is not known.</param>
    public static Recommendation Of(AssessmentNeeds needs, ModelFacts? linear, ModelFacts? teacher, ModelFacts student)
    {
        string[] studentMisses = [.. student.Misses(needs)];
        bool linearFits = linear?.Fits(needs) == true;
        if (linearFits && needs.MinAccuracy is { } enough && linear!.Accuracy >= enough)
            return new(Verdict.LinearIsEnough, [Text($"the linear model has accuracy {linear.Accuracy:0.0000} on dev, and {enough} was asked for")]);
        if (linearFits && needs.MinAccuracy is null && linear!.Accuracy is { } own && teacher?.Accuracy is { } best && own >= best - Margin)
            return new(Verdict.LinearIsEnough, [Text($"the linear model has accuracy {own:0.0000} on dev, the teacher {best:0.0000}: within {100 * Margin:0} point of it, a student has nothing left to win")]);
        bool statesResources = (needs.BudgetMilliseconds ?? needs.BudgetMegabytes ?? needs.TextsPerSecond) is not null;
        bool accurate = needs.MinAccuracy is not { } least || teacher?.Accuracy >= least;
        if (teacher is not null && statesResources && teacher.Fits(needs) && accurate)
            return new(Verdict.KeepTeacher, ["the teacher itself meets every need that was stated: a student would only lose accuracy"]);
        if (needs.MinAccuracy is { } asked && teacher?.Accuracy is { } reached && asked > reached - Margin)
        {
            string near = Text($"accuracy {asked} was asked for, and the teacher has {reached:0.0000} on dev");
            return asked > reached
                ? new(Verdict.NothingMeetsTheNeeds, [$"{near}: a student is not to be expected above its teacher; bring a better teacher, or ask for less"])
                : teacher.Misses(needs).Any() ? new(Verdict.NothingMeetsTheNeeds, [$"{near}, within a point of what is asked, which a student usually loses", .. teacher.Misses(needs).Select(miss => $"the teacher: {miss}")])
                : new(Verdict.KeepTeacher, [$"{near}: a student usually loses up to a point"]);
        }
        if (studentMisses.Length > 0)
        {
            if (linearFits && needs.MinAccuracy is null)
                return new(Verdict.LinearIsEnough, [.. studentMisses.Select(miss => $"a student does not fit: {miss}"), "the linear model does, and no accuracy was asked for"]);
            return new(Verdict.NothingMeetsTheNeeds, [.. studentMisses.Select(miss => $"a student: {miss}"), .. (linear?.Misses(needs) ?? []).Select(miss => $"the linear model: {miss}"),
                "ask for less, or make the student smaller: student.filters, student.ngram_buckets, compression.apply"]);
        }
        return new(Verdict.Distil, [.. WhyDistil(needs, linear, teacher)]);
    }

    private static IEnumerable<string> WhyDistil(AssessmentNeeds needs, ModelFacts? linear, ModelFacts? teacher)
    {
        if (linear?.Accuracy is { } own && teacher?.Accuracy is { } best)
            yield return Text($"the linear model has accuracy {own:0.0000} on dev, the teacher {best:0.0000}: there are {100 * (best - own):0.0} points to win");
        else if (linear?.Accuracy is { } alone)
            yield return needs.MinAccuracy is { } asked ? Text($"the linear model has accuracy {alone:0.0000} on dev, and {asked} was asked for") : Text($"the linear model has accuracy {alone:0.0000} on dev; what the teacher adds shows when it is fine-tuned");
        else
            yield return "there is no linear model to compare with: whether one would do cannot be told";
        foreach (string miss in teacher?.Misses(needs) ?? [])
            yield return $"the teacher: {miss}";
        if (teacher?.Accuracy is null && needs.MinAccuracy is not null)
            yield return "whether the student reaches the accuracy that was asked for cannot be told before there is a teacher";
    }

    private static string Text(FormattableString text) => text.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
