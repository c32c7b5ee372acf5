using System.Globalization;

namespace Retort.Data;

/// <summary>Finds the class of what stands in a label cell.</summary>
internal sealed class LabelLookup
{
    private const int NamesShown = 12;
    private readonly bool _byIndex;

    /// <param name="labels">The classes.</param>
    /// <param name="byIndex">Whether an integer that is no class name is the index of a class.</param>
    public LabelLookup(LabelSet labels, bool byIndex)
    {
        Labels = labels;
        // Where class names are integers themselves, an integer can only be a name.
        _byIndex = byIndex
            && !labels.Names.Any(n => long.TryParse(n, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
    }

    public LabelSet Labels { get; }

    public bool TryFind(string cell, out int index, out string? problem)
    {
        problem = null;
        string label = cell.Trim();
        if (Labels.TryGetIndex(label, out index))
            return true;
        if (_byIndex && int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && index < Labels.Count)
            return true;
        problem = label.Length == 0
            ? $"the label is empty; expected one of {Known()}"
            : $"the label '{Excerpt.Of(label)}' is unknown; expected one of {Known()}";
        return false;
    }

    private string Known() =>
        string.Join(", ", Labels.Names.Take(NamesShown).Select(n => Excerpt.Of(n, 30)))
        + (Labels.Count > NamesShown ? $", … ({Labels.Count} classes)" : "");
}
