using System.Text.Json;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Evaluation;

/// <summary>One model as it enters a comparison.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Results">Its scores on the same test set, one for each seed.</param>
/// <param name="Bytes">Its size on disk; null where it is no model at hand.</param>
/// <param name="Latency">How fast it is; null where it was not timed.</param>
public sealed record Candidate(Role Role, IReadOnlyList<EvaluationResult> Results, long? Bytes, Latency? Latency);

/// <summary>The figures of one model in a comparison, over its seeds.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Seeds">How many students were trained; figures are the mean over them.</param>
/// <param name="Accuracy">On test; this and what else needs labels is null without them.</param>
/// <param name="MacroF1">On test.</param>
/// <param name="Agreement">With the teacher.</param>
/// <param name="Divergence">KL from the teacher, in nats.</param>
/// <param name="CalibrationError">Before temperature fitting.</param>
/// <param name="CalibratedError">After it.</param>
/// <param name="Bytes">Size on disk, where it is known.</param>
/// <param name="Latency">From raw text, single thread.</param>
/// <param name="SpeedRatio">Its texts a second over the teacher's, timed in the same run.</param>
public sealed record ComparisonRow(Role Role, int Seeds, Spread? Accuracy, Spread? MacroF1, Spread? Agreement,
    Spread? Divergence, Spread? CalibrationError, Spread? CalibratedError, long? Bytes, Latency? Latency, double? SpeedRatio);

/// <summary>Teacher, student and the same student without teacher, side by side.</summary>
/// <param name="Texts">Texts of the test set.</param>
/// <param name="Rows">One for each model, in the order of <see cref="Role"/>.</param>
/// <param name="McNemar">
/// Student against student without teacher, seed by seed; empty where one is missing or the seeds are not as many.
/// </param>
public sealed record ComparisonTable(int Texts, IReadOnlyList<ComparisonRow> Rows, IReadOnlyList<McNemarResult> McNemar)
{
    /// <summary>Student against student on a random fraction, seed by seed; empty where one is missing.</summary>
    public IReadOnlyList<McNemarResult> McNemarOfRandom { get; init; } = [];

    /// <summary>Each seed's student against the teacher; empty where one is missing.</summary>
    public IReadOnlyList<McNemarResult> McNemarOfTeacher { get; init; } = [];

    /// <summary>Each seed's student against the linear baseline; empty where one is missing.</summary>
    public IReadOnlyList<McNemarResult> McNemarOfLinear { get; init; } = [];

    /// <exception cref="ArgumentException">
    /// No candidates, two of one role, one without results, or results on test sets of unlike size.
    /// </exception>
    public static ComparisonTable Of(params IReadOnlyList<Candidate> candidates)
    {
        Candidate[] ordered = candidates.OrderBy(candidate => candidate.Role).ToArray();
        if (ordered.Length == 0)
            throw new ArgumentException("there is no model to compare");
        if (ordered.DistinctBy(candidate => candidate.Role).Count() != ordered.Length)
            throw new ArgumentException("two models of one role stand in a comparison; each role may stand once");
        if (Array.Find(ordered, candidate => candidate.Results.Count == 0) is { } empty)
            throw new ArgumentException($"the {empty.Role.Title()} has no results");
        int[] sizes = ordered.SelectMany(candidate => candidate.Results).Select(result => result.Texts).Distinct().ToArray();
        if (sizes.Length > 1)
            throw new ArgumentException($"results on {sizes[0]} and on {sizes[1]} texts cannot be compared; use one test set");
        Latency? teacher = Find(ordered, Role.Teacher)?.Latency;
        return new ComparisonTable(sizes[0], ordered.Select(candidate => Row(candidate, teacher)).ToArray(),
            Compare(Find(ordered, Role.Student), Find(ordered, Role.StudentWithoutTeacher)))
        {
            McNemarOfRandom = Compare(Find(ordered, Role.Student), Find(ordered, Role.StudentOnRandomFraction)),
            McNemarOfTeacher = CompareEach(Find(ordered, Role.Student), Find(ordered, Role.Teacher)),
            McNemarOfLinear = CompareEach(Find(ordered, Role.Student), Find(ordered, Role.Linear)),
        };
    }

    /// <summary>A line a figure, a column a model: what fits a terminal.</summary>
    public TextTable ToTable()
    {
        List<IReadOnlyList<string>> lines =
        [
            Line("accuracy", row => Figures.Share(row.Accuracy)),
            Line("macro-F1", row => Figures.Share(row.MacroF1)),
            Line("agreement with teacher", row => Figures.Share(row.Agreement)),
            Line("KL from teacher", row => Figures.Share(row.Divergence)),
            Line("calibration error (ECE)", row => Figures.Share(row.CalibrationError)),
            Line("  after temperature", row => Figures.Share(row.CalibratedError)),
            Line("size on disk", row => Figures.Bytes(row.Bytes)),
            Line("p50, µs", row => Figures.Number(row.Latency?.P50)),
            Line("p95, µs", row => Figures.Number(row.Latency?.P95)),
            Line("texts/s, one thread", row => Figures.Number(row.Latency?.TextsPerSecond)),
            Line("speed over teacher", row => row.SpeedRatio is { } ratio ? Figures.Number(ratio) + "×" : Figures.None),
        ];
        if (Rows.Any(row => row.Seeds > 1))
            lines.Insert(0, Line("seeds", row => $"{row.Seeds}"));
        if (McNemar.Count > 0)
            lines.Add(Line(McNemar.Count == 1 ? "McNemar p" : "McNemar p, largest", row => McNemarCell(row, McNemar)));
        if (McNemarOfRandom.Count > 0)
            lines.Add(Line("  against random", row => McNemarCell(row, McNemarOfRandom)));
        return new TextTable([$"test, {Figures.Count(Texts)} texts", .. Rows.Select(row => row.Role.Title())], lines);
    }

    /// <summary>Aligned for a terminal.</summary>
    public string ToText() => ToTable().ToText();

    public string ToMarkdown() => ToTable().ToMarkdown();

    /// <summary>For machines: <see cref="JsonForm.Indented"/>.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonForm.Indented);

    private static Candidate? Find(Candidate[] candidates, Role role) =>
        Array.Find(candidates, candidate => candidate.Role == role);

    private static ComparisonRow Row(Candidate candidate, Latency? teacher)
    {
        return new ComparisonRow(candidate.Role, candidate.Results.Count, Over(result => result.Accuracy),
            Over(result => result.MacroF1), Over(result => result.Agreement), Over(result => result.Divergence),
            Over(result => result.CalibrationError), Over(result => result.CalibratedError), candidate.Bytes,
            candidate.Latency, candidate.Role == Role.Teacher || teacher is null || candidate.Latency is null
                ? null : candidate.Latency.TextsPerSecond / teacher.TextsPerSecond);

        Spread? Over(Func<EvaluationResult, double?> figure) => Figures.SpreadOf(candidate.Results.Select(figure));
    }

    private static McNemarResult[] Compare(Candidate? student, Candidate? other) =>
        student is null || other is null || student.Results.Count != other.Results.Count
            ? []
            : student.Results.Zip(other.Results, (one, two) => Metrics.McNemar.Test(one.Right, two.Right)).ToArray();

    // What has one seed alone stands beside every student.
    private static McNemarResult[] CompareEach(Candidate? student, Candidate? other) => student is not null && other is { Results: [var one] } && !one.AgainstTeacher
        ? [.. student.Results.Select(result => Metrics.McNemar.Test(result.Right, one.Right))] : [];

    private string[] Line(string name, Func<ComparisonRow, string> cell) => [name, .. Rows.Select(cell)];

    private static string McNemarCell(ComparisonRow row, IReadOnlyList<McNemarResult> tests) =>
        row.Role == Role.Student ? Figures.PValue(tests.Max(result => result.PValue)) : Figures.None;
}
