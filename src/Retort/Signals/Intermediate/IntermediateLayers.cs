using Retort.Teachers;
using Retort.Teachers.Encoders;

namespace Retort.Signals.Intermediate;

/// <summary>What is kept of a teacher's inside. Layers are counted from 1; 0 stands for the embeddings.</summary>
/// <param name="Pooled">Layers of which one pooled state a text is kept.</param>
/// <param name="PooledState">How it is pooled.</param>
/// <param name="Tokens">Layers of which the state of every token is kept, [CLS] and [SEP] left out.</param>
/// <param name="Attention">Layers, from 1, of which the attention of every token to every other is kept, [CLS] and [SEP] left out.</param>
/// <param name="Heads">The heads of which it is kept, from 0; none: the mean of all.</param>
/// <param name="AttentionScores">Whether it is kept as it is before the softmax; else as probabilities that sum to 1 over the text's own tokens.</param>
public sealed record IntermediateLayers(int[] Pooled, PooledState PooledState, int[] Tokens, int[] Attention, int[] Heads, bool AttentionScores)
{
    /// <summary>Maps of attention a text: of each layer, of each head or of their mean.</summary>
    public int Maps => Attention.Length * Math.Max(1, Heads.Length);

    /// <summary>How the numbers of a text are laid out.</summary>
    /// <param name="hidden">Width of the states.</param>
    public IntermediateShape Shape(int hidden) => new(Pooled.Length, Tokens.Length, Maps, hidden);

    /// <summary>The layers whose states are looked at.</summary>
    internal IReadOnlyCollection<int> States => [.. Pooled.Union(Tokens)];

    /// <summary>A layer as a recipe counts it, from the last downwards where it is below 0, as a number from 0; null: the encoder has no such layer.</summary>
    public static int? Resolve(int layer, EncoderConfig config)
    {
        int from0 = layer < 0 ? config.Layers + 1 + layer : layer;
        return from0 >= 0 && from0 <= config.Layers ? from0 : null;
    }
}

/// <summary>How the numbers of a text are laid out: pooled states, then token states layer by layer, then attention map by map.</summary>
/// <param name="Pooled">Pooled states a text.</param>
/// <param name="Layers">States a token.</param>
/// <param name="Maps">Maps of attention a text.</param>
/// <param name="Hidden">Width of the states.</param>
public sealed record IntermediateShape(int Pooled, int Layers, int Maps, int Hidden)
{
    /// <summary>Numbers of a text of so many tokens.</summary>
    public long Count(int tokens) => (long)Hidden * (Pooled + (long)Layers * tokens) + (long)Maps * tokens * tokens;

    /// <summary>Rows of it: a state each, or what a token attends to in a map.</summary>
    public long Rows(int tokens) => Pooled + ((long)Layers + Maps) * tokens;

    /// <summary>The width of a row.</summary>
    public int Width(long row, int tokens) => row < Pooled + (long)Layers * tokens ? Hidden : tokens;
}

/// <summary>A teacher's intermediate states and attention of a text.</summary>
/// <param name="Shape">Their layout.</param>
/// <param name="Tokens">Tokens of the text, [CLS] and [SEP] left out.</param>
/// <param name="Values">All numbers.</param>
public sealed record IntermediateSignal(IntermediateShape Shape, int Tokens, float[] Values)
{
    /// <summary>(pooled layers × hidden)</summary>
    public ReadOnlySpan<float> Pooled => Values.AsSpan(0, Shape.Pooled * Shape.Hidden);

    /// <summary>(hidden) The state of a token.</summary>
    public ReadOnlySpan<float> State(int layer, int token) => Values.AsSpan((Shape.Pooled + layer * Tokens + token) * Shape.Hidden, Shape.Hidden);

    /// <summary>(tokens) What a token attends to in a map.</summary>
    public ReadOnlySpan<float> Attention(int map, int token) =>
        Values.AsSpan((Shape.Pooled + Shape.Layers * Tokens) * Shape.Hidden + (map * Tokens + token) * Tokens, Tokens);
}
