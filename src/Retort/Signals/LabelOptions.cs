using System.ComponentModel;

namespace Retort.Signals;

/// <summary>How the teacher's signals are computed and cached.</summary>
public sealed record LabelOptions
{
    [Description("Folder of the cache; empty: signals/ of the run")]
    public string Cache { get; init; } = "";

    [Description("Unlabelled texts to distil on beside train; empty: none")]
    public string Unlabelled { get; init; } = "";

    [Description("Tokens a batch, padding included")]
    public int BatchTokens { get; init; } = 4096;

    [Description("Texts a shard; a shard in flight is what an interruption loses")]
    public int ShardSize { get; init; } = 4096;

    [Description("Store the teacher's pooled hidden state beside its logits")]
    public bool PooledStates { get; init; } = true;
}
