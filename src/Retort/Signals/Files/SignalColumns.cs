using System.Text.RegularExpressions;
using Retort.Data;
using Retort.Data.Formats;
using Retort.Runs;

namespace Retort.Signals.Files;

/// <summary>Which columns of a row say what.</summary>
/// <param name="Row">The column with the 0-based data row; −1: none.</param>
/// <param name="Text">The column with the text; −1: none.</param>
/// <param name="Classes">(columns) The class that a column is about; −1: none.</param>
/// <param name="Form">What the numbers are.</param>
internal sealed partial record SignalColumns(int Row, int Text, int[] Classes, SignalForm Form)
{
    private static readonly string[] TextNames = ["text", "sentence"];

    /// <summary>Finds the columns by their names.</summary>
    /// <param name="place">Where the names stand, for messages.</param>
    /// <param name="names">The columns' names.</param>
    /// <param name="labels">The classes of the data; a numbered column is about the class of that index.</param>
    /// <exception cref="RetortException">A class is unknown, stands twice, or the columns are none of signals.</exception>
    public static SignalColumns Of(Place place, IReadOnlyList<string> names, LabelSet labels)
    {
        int[] classes = Enumerable.Repeat(-1, names.Count).ToArray();
        var form = SignalForm.Unsaid;
        int row = -1, text = -1;
        for (int k = 0; k < names.Count; k++)
        {
            if (names[k].Equals("row", StringComparison.OrdinalIgnoreCase))
                row = k;
            else if (TextNames.Contains(names[k], StringComparer.OrdinalIgnoreCase))
                text = k;
            else if (Prefixed(names[k]) is { } found)
            {
                classes[k] = found.IsNumber ? Numbered(place, names[k], found.Class, labels) : Named(place, names[k], found.Class, labels);
                if (form != SignalForm.Unsaid && form != found.Form)
                    throw new RetortException($"{place}: it holds {Word(form)} and {Word(found.Form)}: expected one of them; leave the other columns out");
                form = found.Form;
            }
        }
        if (form == SignalForm.Unsaid)
        {
            for (int k = 0; k < names.Count; k++)
                classes[k] = k == row || k == text ? -1 : Find(names[k], labels);
        }
        RequireOnce(place, names, classes, labels, form);
        return new SignalColumns(row, text, classes, form);
    }

    /// <summary>(classes) The numbers of a row of these columns; 0 for a class that it leaves out.</summary>
    /// <exception cref="RetortException">One is no finite number.</exception>
    public double[] Values(Place place, CellRow row, int classes)
    {
        double[] values = new double[classes];
        for (int k = 0; k < row.Cells.Count; k++)
        {
            if (Classes[k] >= 0)
                values[Classes[k]] = SignalNumbers.Parse(place, row.Names[k], row.Cells[k]);
        }
        return values;
    }

    public static string Word(SignalForm form) => form.ToString().ToLowerInvariant();

    private static (SignalForm Form, string Class, bool IsNumber)? Prefixed(string name)
    {
        Match match = Pattern().Match(name);
        if (!match.Success)
            return null;
        SignalForm form = char.ToLowerInvariant(name[0]) switch
        {
            'l' => SignalForm.Logits,
            'p' => SignalForm.Probabilities,
            _ => SignalForm.Votes,
        };
        return match.Groups["index"].Success ? (form, match.Groups["index"].Value, true) : (form, match.Groups["name"].Value, false);
    }

    private static int Numbered(Place place, string column, string digits, LabelSet labels) =>
        int.TryParse(digits, out int index) && index < labels.Count ? index
        : throw new RetortException($"{place}: the column '{column}' is beyond the data's {labels.Count} classes ({Known(labels)}): expected numbers from 0 to {labels.Count - 1}");

    private static int Named(Place place, string column, string name, LabelSet labels) =>
        Find(name, labels) is >= 0 and int index ? index
        : throw new RetortException($"{place}: '{column}' names no class of the data: expected one of {Known(labels)}");

    // As it is written, else whatever its case, where that is not ambiguous.
    private static int Find(string name, LabelSet labels)
    {
        if (labels.TryGetIndex(name.Trim(), out int index))
            return index;
        int[] alike = Enumerable.Range(0, labels.Count)
            .Where(k => labels[k].Equals(name.Trim(), StringComparison.OrdinalIgnoreCase)).ToArray();
        return alike.Length == 1 ? alike[0] : -1;
    }

    private static void RequireOnce(Place place, IReadOnlyList<string> names, int[] classes, LabelSet labels, SignalForm form)
    {
        for (int c = 0; c < labels.Count; c++)
        {
            int[] columns = Enumerable.Range(0, classes.Length).Where(k => classes[k] == c).ToArray();
            if (columns.Length > 1)
                throw new RetortException($"{place}: the class '{labels[c]}' has several columns: {string.Join(", ", columns.Select(k => names[k]))}");
            // A person or a language model leaves out what is improbable; a file of columns does not.
            bool mayLack = form is SignalForm.Probabilities or SignalForm.Votes && place.File.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
            if (columns.Length == 0 && !mayLack)
            {
                throw new RetortException($"{place}: there is no column for the class '{labels[c]}' among {string.Join(", ", names.Take(20))}: "
                    + $"expected logit:{labels[c]}, p:{labels[c]}, votes:{labels[c]} or logits_{c}, and the like for each of {Known(labels)}");
            }
        }
        if (classes.All(c => c < 0))
            throw new RetortException($"{place}: it holds no signal: expected p:CLASS, logit:CLASS or votes:CLASS of {Known(labels)}");
    }

    private static string Known(LabelSet labels) =>
        string.Join(", ", labels.Names.Take(12)) + (labels.Count > 12 ? $", … ({labels.Count} classes)" : "");

    [GeneratedRegex("^(logits?|p|probs?|probability|probabilities|votes?)(_(?<index>[0-9]{1,6})|:(?<name>.+))$", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
