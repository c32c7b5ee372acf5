namespace Retort.Transfer.Augmentation;

/// <summary>What a piece of a text is.</summary>
internal enum UnitKind
{
    /// <summary>Punctuation, symbols, emoji: they stay as they are.</summary>
    Other,

    Word,

    /// <summary>Stands for a hidden word.</summary>
    Mask,

    /// <summary>A word that the masked-language head is to replace.</summary>
    Hole,
}

/// <summary>A piece of a text.</summary>
/// <param name="Text">Its characters, never blank.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Spaced">Whether a blank stands before it.</param>
internal readonly record struct TextUnit(string Text, UnitKind Kind, bool Spaced)
{
    public bool IsWord => Kind == UnitKind.Word;
}
