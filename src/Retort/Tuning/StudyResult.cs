using Retort.Metrics;
using Retort.Reports;
using Retort.Training;
using Retort.Tuning.Plans;

namespace Retort.Tuning;

/// <summary>One of those among which the winner is.</summary>
/// <param name="Number">Of the configuration; 0: the recipe as it is.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="Changes">What it changes in the recipe.</param>
/// <param name="Dev">Its score on dev, over seeds.</param>
/// <param name="P50">Microseconds that half of the texts stay within, the mean over seeds; null where it was not timed.</param>
/// <param name="Bytes">Size on disk.</param>
/// <param name="Students">Folders of its students, below the study's.</param>
public sealed record Finalist(int Number, string Name, IReadOnlyDictionary<string, string> Changes, Spread Dev, double? P50, long Bytes, IReadOnlyList<string> Students)
{
    /// <summary>Its score on test, over seeds; null where it was not scored: only the winner and what it is compared with are.</summary>
    public Spread? Test { get; init; }

    /// <summary>Whether it is fast enough.</summary>
    public bool IsAllowed { get; init; } = true;
}

/// <summary>What a study came to: <c>study.json</c>.</summary>
public sealed record StudyResult
{
    /// <summary>The study's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>What was compared.</summary>
    public required DevMetric Metric { get; init; }

    /// <summary>Rows of dev that it was compared on.</summary>
    public required int DevTexts { get; init; }

    /// <summary>What was said of the space when it began.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Trainings that ended well, and that failed.</summary>
    public required int Done { get; init; }

    public required int Failed { get; init; }

    /// <summary>The recipe as it is and the best beside it, the best first.</summary>
    public IReadOnlyList<Finalist> Finalists { get; init; } = [];

    /// <summary>The steps of an ablation; empty in a search.</summary>
    public IReadOnlyList<AblationOutcome> Steps { get; init; } = [];

    /// <summary>The winner: of an ablation, the steps that were kept.</summary>
    public required Finalist Winner { get; init; }

    /// <summary>What the winner is compared with: the recipe as it is; of an ablation the first step.</summary>
    public required Finalist Compared { get; init; }

    /// <summary>Of the winner over that, on dev, where it was chosen.</summary>
    public required Gain OnDev { get; init; }

    /// <summary>The same on test, which nothing was chosen on.</summary>
    public required Gain OnTest { get; init; }

    /// <summary>How much each key matters, the most important first; empty where too few trials say so.</summary>
    public IReadOnlyList<Importance> Importance { get; init; } = [];

    /// <summary>Scores over the two keys that matter most; null where less than two trials have a value of both.</summary>
    public StudyMap? Map { get; init; }

    /// <summary>Whether the winner beats what it is compared with, in words.</summary>
    public string Verdict => StudyText.Verdict(this);

    /// <summary>The recipe of the winner.</summary>
    public string BestRecipe => Path.Combine(Folder, "best.yaml");

    /// <summary>The page.</summary>
    public string Page => Path.Combine(Folder, "study.html");
}
