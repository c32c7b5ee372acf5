namespace Retort.Compression;

/// <summary>The texts that agreement is counted on, apart from those on which scales, tokens and the last layer are found.</summary>
/// <param name="Agreed">Those that it is counted on.</param>
/// <param name="Others">The rest.</param>
/// <param name="Made">How many of the first were made from others.</param>
internal sealed record AgreementTexts(string[] Agreed, string[] Others, int Made)
{
    private const int Enough = 10_000;

    /// <summary>Divides them: those without a label first, which say most, then those of train, and made ones where there are no others.</summary>
    /// <param name="texts">What the student was distilled on, texts with labels first.</param>
    /// <param name="labelled">How many have one.</param>
    /// <param name="made">Those that were made from others.</param>
    /// <param name="wanted">How many to count agreement on; it is half of all at most.</param>
    public static AgreementTexts Divide(IReadOnlyList<string> texts, int labelled, IReadOnlySet<string> made, int wanted)
    {
        int most = Math.Min(wanted, Math.Max(1, texts.Count / 2));
        ILookup<Kind, int> rows = Enumerable.Range(0, texts.Count).ToLookup(row => row < labelled ? Kind.Labelled : made.Contains(texts[row]) ? Kind.Made : Kind.Unlabelled);
        var agreed = new HashSet<int>();
        foreach (Kind kind in Enum.GetValues<Kind>())
        {
            int[] own = [.. rows[kind]];
            int chosen = Math.Min(most - agreed.Count, own.Length);
            agreed.UnionWith(Enumerable.Range(0, chosen).Select(k => own[(int)((long)k * own.Length / chosen)]));
        }
        return new([.. agreed.Order().Select(row => texts[row])], [.. Enumerable.Range(0, texts.Count).Where(row => !agreed.Contains(row)).Select(row => texts[row])],
            rows[Kind.Made].Count(agreed.Contains));
    }

    /// <summary>What is to be known of their number; null: they are as many as were asked for, real, and enough.</summary>
    /// <param name="wanted">How many were asked for.</param>
    public string? Note(int wanted)
    {
        int count = Agreed.Length;
        string made = Made > 0 ? Text($", {Made:N0} of them made from others") : "";
        string half = count < wanted ? Text($", half of those there are; {wanted:N0} were asked for (compression.agreement_texts, transfer.unlabelled)") : "";
        string few = count < Enough ? Text($"; fewer than {Enough:N0} tell a share of 0.99 to no better than 0.2 points") : "";
        string all = made + half + few;
        return all.Length == 0 ? null : Text($"agreement is counted on {count:N0} texts{all}");
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    // In the order in which they are taken.
    private enum Kind
    {
        Unlabelled,
        Labelled,
        Made,
    }
}
