using System.ComponentModel;
using Retort.Runs;

namespace Retort.Transfer;

/// <summary>What the student learns from beside the labelled texts.</summary>
public sealed record TransferOptions
{
    [Description("Files of unlabelled texts to distil on beside train, one or several; empty: none")]
    [PathValue]
    public string[] Unlabelled { get; init => field = [.. value.Where(file => file.Length > 0)]; } = [];

    [Description("Use only the first so many of the unlabelled texts that are left; 0: all")]
    public int Limit { get; init; }

    [Description("Leave out unlabelled texts this like one of dev or test (Jaccard, character trigrams); 1: copies only")]
    public double NearDuplicates { get; init; } = 0.7;

    [Description("Leave out texts without a label for which the teacher's largest probability is below this; 0: none; single-label tasks only")]
    public double MinConfidence { get; init; }

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.AtLeast("transfer.limit", Limit, 0);
        OptionRange.Within("transfer.near_duplicates", NearDuplicates, 0.3, 1);
        OptionRange.ShareBelowOne("transfer.min_confidence", MinConfidence);
    }
}
