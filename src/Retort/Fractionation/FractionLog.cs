using System.Text.Json;
using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>
/// What was chosen in a training, in a folder: <c>choice-000.parquet</c> … (<see cref="FractionFile"/>) and <c>summary.json</c>, a
/// list of <see cref="FractionSummary"/>. A training that is resumed goes on with the same folder.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="facts">What is known of the transfer set.</param>
/// <param name="texts">The transfer set.</param>
internal sealed class FractionLog(string folder, FractionTexts facts, IReadOnlyList<string> texts)
{
    private const string Summary = "summary.json";

    private HashSet<int>? _before;

    /// <summary>What was chosen, one after the other.</summary>
    public static FractionSummary[] Read(string folder) =>
        JsonSerializer.Deserialize<FractionSummary[]>(File.ReadAllText(Path.Combine(folder, Summary)), JsonForm.Indented)!;

    /// <summary>Writes a choice down.</summary>
    public FractionSummary Add(Fraction fraction)
    {
        FractionSummary summary = FractionSummary.Of(fraction, _before, facts, texts);
        _before = [.. fraction.Rows];
        FractionFile.Write(Path.Combine(folder, FormattableString.Invariant($"choice-{fraction.Number:000}.parquet")), fraction, facts.Count);
        string file = Path.Combine(folder, Summary);
        FractionSummary[] earlier = fraction.Number == 0 || !File.Exists(file) ? [] : Read(folder);
        FractionSummary[] all = [.. earlier.Where(one => one.Number < fraction.Number), summary];
        AtomicFile.WriteText(file, JsonSerializer.Serialize(all, JsonForm.Indented) + "\n");
        return summary;
    }
}
