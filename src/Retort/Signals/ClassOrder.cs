using Retort.Data;
using Retort.Runs;

namespace Retort.Signals;

/// <summary>Maps a teacher's classes to the data's, by name.</summary>
public static class ClassOrder
{
    /// <summary>(classes) The teacher's class for each of the data's.</summary>
    /// <param name="teacher">What messages call it.</param>
    /// <param name="known">The teacher's classes in the order of its logits.</param>
    /// <param name="labels">The data's.</param>
    /// <exception cref="UsageException">They are not the same classes.</exception>
    public static int[] Of(string teacher, IReadOnlyList<string> known, LabelSet labels)
    {
        foreach (StringComparer comparer in (StringComparer[])[StringComparer.Ordinal, StringComparer.OrdinalIgnoreCase])
        {
            int[] order = labels.Names.Select(name => Only(known, name, comparer)).ToArray();
            if (known.Count == labels.Count && !order.Contains(-1) && order.Distinct().Count() == order.Length)
                return order;
        }
        string[] lacking = labels.Names.Except(known, StringComparer.OrdinalIgnoreCase).Take(5).ToArray();
        string[] extra = known.Except(labels.Names, StringComparer.OrdinalIgnoreCase).Take(5).ToArray();
        string odd = string.Join("; ", new[]
        {
            lacking.Length > 0 ? $"it does not know {string.Join(", ", lacking)}" : "",
            extra.Length > 0 ? $"the data do not have {string.Join(", ", extra)}" : "",
        }.Where(part => part.Length > 0));
        throw new UsageException($"the teacher {teacher} knows the classes {Shown(known)}, the data have {Shown(labels.Names)}"
            + $"{(odd.Length > 0 ? $": {odd}" : "")}: expected the same names, in any order; rename them in id2label of its config.json, or in "
            + "a file, one a line, that data.label_file names")
        { Key = "teacher.sources" };
    }

    private static int Only(IReadOnlyList<string> known, string name, StringComparer comparer)
    {
        int[] found = Enumerable.Range(0, known.Count).Where(k => comparer.Equals(known[k], name)).ToArray();
        return found.Length == 1 ? found[0] : -1;
    }

    private static string Shown(IReadOnlyList<string> names) => string.Join(", ", names.Take(12)) + (names.Count > 12 ? ", …" : "");
}
