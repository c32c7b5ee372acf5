using System.Collections;

namespace Retort.Data;

/// <summary>Several lists of texts as one, without a copy of them.</summary>
/// <param name="parts">The lists, in order; they must not change.</param>
internal sealed class JoinedTexts(params IReadOnlyList<string>[] parts) : IReadOnlyList<string>
{
    public int Count { get; } = checked(parts.Sum(part => part.Count));

    public string this[int index]
    {
        get
        {
            int at = index;
            foreach (IReadOnlyList<string> part in parts)
            {
                if (at < part.Count)
                    return part[at];
                at -= part.Count;
            }
            throw new ArgumentOutOfRangeException(nameof(index), index, $"expected 0 to {Count - 1}");
        }
    }

    public IEnumerator<string> GetEnumerator() => parts.SelectMany(part => part).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
