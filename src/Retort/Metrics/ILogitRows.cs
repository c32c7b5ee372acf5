namespace Retort.Metrics;

/// <summary>Logits that are read a few rows at a time: a table in memory, or a file of many rows.</summary>
public interface ILogitRows
{
    /// <summary>Texts.</summary>
    int Count { get; }

    /// <summary>Logits a row.</summary>
    int Classes { get; }

    /// <summary>The rows of some texts, in the order given.</summary>
    LogitTable Choose(IReadOnlyList<int> rows);
}
