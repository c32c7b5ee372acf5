namespace Retort.Signals.Files;

/// <summary>What the numbers of a file of signals are.</summary>
internal enum SignalForm
{
    /// <summary>Columns that are named as classes alone: probabilities where every row sums to 1, votes where all are counts.</summary>
    Unsaid,

    Logits,

    Probabilities,

    /// <summary>How many annotators chose each class.</summary>
    Votes,
}
