using System.Globalization;
using Retort.Data;

namespace Retort.Tuning.Space;

/// <summary>What a corpus is like, as far as it says where to look for a temperature.</summary>
public enum SituationKind { SmallData, LargeData, ImbalancedData }

/// <summary>What a corpus is like, and from what figures.</summary>
/// <param name="Kind">What it is like.</param>
/// <param name="Texts">Rows of train.</param>
/// <param name="Imbalance">How often the commonest class stands in train for once of the rarest; 1 where train has no single labels.</param>
public sealed record Situation(SituationKind Kind, int Texts, double Imbalance)
{
    /// <summary>From this many rows of train on data is large.</summary>
    public const int Large = 10_000;

    /// <summary>From this ratio on data is imbalanced, whatever its size.</summary>
    public const double Imbalanced = 4;

    public static Situation Of(Corpus train)
    {
        double imbalance = 1;
        if (train.Kind == TaskKind.SingleLabel && !train.LabelledByTeacher)
        {
            int[] counts = [.. train.ClassIndices().GroupBy(label => label).Select(group => group.Count())];
            imbalance = (double)counts.Max() / counts.Min();
        }
        return new Situation(imbalance >= Imbalanced ? SituationKind.ImbalancedData : train.Count >= Large ? SituationKind.LargeData : SituationKind.SmallData, train.Count, imbalance);
    }

    /// <summary>The same for people.</summary>
    public string Describe()
    {
        FormattableString text = Kind switch
        {
            SituationKind.ImbalancedData => $"imbalanced data: the commonest class of train stands {Imbalance:0.#} times as often as the rarest ({Imbalanced} or more)",
            SituationKind.LargeData => $"large data: {Texts:#,0} rows of train ({Large:#,0} or more), the commonest class {Imbalance:0.#} times as often as the rarest",
            _ => $"small data: {Texts:#,0} rows of train (fewer than {Large:#,0}), the commonest class {Imbalance:0.#} times as often as the rarest",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }
}
