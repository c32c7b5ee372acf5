using System.Text.Json;
using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>
/// What was chosen in a training, in a folder: <c>choice-000.parquet</c> … (<see cref="FractionFile"/>) and beside each
/// <c>choice-000.json</c>, its <see cref="FractionSummary"/>. A training that is resumed goes on with the same folder.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="facts">What is known of the transfer set.</param>
/// <param name="texts">The transfer set.</param>
internal sealed class FractionLog(string folder, FractionTexts facts, IReadOnlyList<string> texts)
{
    /// <summary>Earlier versions wrote a list of all summaries, anew at each choice.</summary>
    private const string List = "summary.json";

    private HashSet<int>? _before;

    /// <summary>What was chosen, one after the other.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="form">How strictly; null: as it was written.</param>
    /// <exception cref="JsonException">A summary is damaged.</exception>
    public static FractionSummary[] Read(string folder, JsonSerializerOptions? form = null)
    {
        IEnumerable<FractionSummary> list = File.Exists(Path.Combine(folder, List)) ? Parse<FractionSummary[]>(Path.Combine(folder, List)) : [];
        return [.. Directory.GetFiles(folder, "choice-*.json").Select(Parse<FractionSummary>).Concat(list).DistinctBy(one => one.Number).OrderBy(one => one.Number)];

        T Parse<T>(string path) => JsonSerializer.Deserialize<T>(File.ReadAllText(path), form ?? JsonForm.Indented) ?? throw new JsonException("it is null");
    }

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
        AtomicFile.WriteText(Path.ChangeExtension(PathOf(fraction.Number), ".json"), JsonSerializer.Serialize(summary, JsonForm.Indented) + "\n");
        return summary;
    }

    // Another training may have made more choices than this one will.
    private void Clear()
    {
        if (!Directory.Exists(folder))
            return;
        foreach (string file in (string[])[.. Directory.GetFiles(folder, "choice-*"), Path.Combine(folder, List)])
            File.Delete(file);
    }

    private string PathOf(int number) => PathOf(folder, number);

    private static string PathOf(string folder, int number) => Path.Combine(folder, FormattableString.Invariant($"choice-{number:000}.parquet"));
}
