using System.Collections;

namespace Retort.Data;

/// <summary>Some texts of a list, without a copy of them.</summary>
/// <param name="texts">The list; it must not change.</param>
/// <param name="rows">Which, in order.</param>
internal sealed class ChosenTexts(IReadOnlyList<string> texts, IReadOnlyList<int> rows) : IReadOnlyList<string>
{
    public int Count => rows.Count;

    public string this[int index] => texts[rows[index]];

    public IEnumerator<string> GetEnumerator() => rows.Select(row => texts[row]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
