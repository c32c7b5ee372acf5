namespace Retort.Data;

/// <summary>What can be trained on but should be known.</summary>
internal static class DataWarnings
{
    private const int NamesShown = 5;

    public static string[] Of(LabelSet labels, IReadOnlyList<PartReport> parts)
    {
        var warnings = new List<string>();
        foreach (PartReport part in parts)
        {
            string[] missing = labels.Names.Where((_, k) => part.ClassCounts[k] == 0).ToArray();
            if (missing.Length > 0)
                warnings.Add($"{part.Name} has no row of {Names(missing)}: "
                    + (part.Name == "train" ? "it cannot be learnt" : "it cannot be scored"));
        }
        string[] single = labels.Names.Where((_, k) => parts[0].ClassCounts[k] == 1).ToArray();
        if (single.Length > 0)
            warnings.Add($"train has a single row of {Names(single)}");
        return warnings.ToArray();
    }

    private static string Names(string[] names) =>
        string.Join(", ", names.Take(NamesShown).Select(n => $"'{Excerpt.Of(n, 40)}'"))
        + (names.Length > NamesShown ? $" and {names.Length - NamesShown} more classes" : "");
}
