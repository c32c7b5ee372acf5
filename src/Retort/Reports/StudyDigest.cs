namespace Retort.Reports;

/// <summary>The mean score of a study's trials at each pair of values of two keys.</summary>
/// <param name="Rows">The key whose values the rows have.</param>
/// <param name="Columns">The key whose values the columns have.</param>
/// <param name="RowValues">The rows' values in order, or parts of their range.</param>
/// <param name="ColumnValues">The columns' values in order, or parts of their range.</param>
/// <param name="Means">By row and column; null: no trial.</param>
public sealed record StudyMap(string Rows, string Columns, IReadOnlyList<string> RowValues, IReadOnlyList<string> ColumnValues, IReadOnlyList<IReadOnlyList<double?>> Means);

/// <summary>How much of what trials differ in goes with one key.</summary>
/// <param name="Key">The dotted key.</param>
/// <param name="Share">Of the variance of the scores, 0 to 1.</param>
public record KeyShare(string Key, double Share);

/// <summary>What a run's report shows of a study that stands in its folder: a part of <c>study.json</c>.</summary>
public sealed record StudyDigest
{
    /// <summary>Whether anything beats the recipe, in words; null: the study is of an older version.</summary>
    public string? Verdict { get; init; }

    /// <summary>Of the two keys that matter most; null where less than two trials have a value of both.</summary>
    public StudyMap? Map { get; init; }

    /// <summary>The most important key first.</summary>
    public IReadOnlyList<KeyShare> Importance { get; init; } = [];
}
