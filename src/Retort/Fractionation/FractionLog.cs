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

    /// <summary>The texts of the last choice.</summary>
    public static int[] LastChosen(string folder) => FractionFile.Chosen(PathOf(folder, Read(folder)[^1].Number));

    /// <summary>Writes a choice down.</summary>
    public FractionSummary Add(Fraction fraction)
    {
        if (fraction.Number == 0)
            Clear();
        // A training that was resumed has a log that knows the choices before only from their files.
        else if (_before is null && File.Exists(PathOf(fraction.Number - 1)))
            _before = [.. FractionFile.Chosen(PathOf(fraction.Number - 1))];
        FractionSummary summary = FractionSummary.Of(fraction, _before, facts, texts);
        _before = [.. fraction.Rows];
        FractionFile.Write(PathOf(fraction.Number), fraction, facts.Count);
        string file = Path.Combine(folder, Summary);
        FractionSummary[] earlier = fraction.Number == 0 || !File.Exists(file) ? [] : Read(folder);
        FractionSummary[] all = [.. earlier.Where(one => one.Number < fraction.Number), summary];
        AtomicFile.WriteText(file, JsonSerializer.Serialize(all, JsonForm.Indented) + "\n");
        return summary;
    }

    // Another training may have made more choices than this one will.
    private void Clear()
    {
        if (!Directory.Exists(folder))
            return;
        foreach (string file in Directory.GetFiles(folder, "choice-*.parquet"))
            File.Delete(file);
    }

    private string PathOf(int number) => PathOf(folder, number);

    private static string PathOf(string folder, int number) => Path.Combine(folder, FormattableString.Invariant($"choice-{number:000}.parquet"));
}
