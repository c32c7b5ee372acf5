namespace Retort.Runtime.Text;

/// <summary>How a BERT tokenizer reads text. The defaults are those of an uncased English model.</summary>
public sealed record TokenizerOptions
{
    private const int LongestWord = 100_000;

    /// <summary>Turn capital letters into small ones. Default: true.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Decompose letters and drop their accents. Default: null, which follows <see cref="Lowercase"/>.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Make each Chinese character a word of its own. Default: true.</summary>
    public bool SplitChineseCharacters { get; init; } = true;

    /// <summary>Drop control, format and private-use characters. Default: true.</summary>
    public bool CleanText { get; init; } = true;

    /// <summary>A word of more code points than this becomes <see cref="UnknownToken"/> whole. Default: 100.</summary>
    public int MaxCharactersPerWord { get; init; } = 100;

    /// <summary>Stands for a word that the vocabulary cannot spell. Default: [UNK].</summary>
    public string UnknownToken { get; init; } = "[UNK]";

    /// <summary>Begins a text for the encoder. Default: [CLS].</summary>
    public string ClassifierToken { get; init; } = "[CLS]";

    /// <summary>Ends a text for the encoder. Default: [SEP].</summary>
    public string SeparatorToken { get; init; } = "[SEP]";

    /// <summary>Fills a batch. Default: [PAD].</summary>
    public string PaddingToken { get; init; } = "[PAD]";

    /// <summary>Stands for a hidden word. Default: [MASK].</summary>
    public string MaskToken { get; init; } = "[MASK]";

    /// <summary>Begins the vocabulary's entries for pieces inside a word. Default: ##.</summary>
    public string ContinuationPrefix { get; init; } = "##";

    internal bool StripsAccents => StripAccents ?? Lowercase;

    internal IEnumerable<string> SpecialTokens =>
        [UnknownToken, ClassifierToken, SeparatorToken, PaddingToken, MaskToken];

    /// <summary>The kinds of characters that these options treat otherwise than as letters.</summary>
    internal CharacterKind Mask
    {
        get
        {
            CharacterKind mask = CharacterKind.WhiteSpace | CharacterKind.Punctuation;
            if (CleanText)
                mask |= CharacterKind.Removed;
            if (SplitChineseCharacters)
                mask |= CharacterKind.Chinese;
            if (StripsAccents)
                mask |= CharacterKind.NonspacingMark | CharacterKind.Decomposes | CharacterKind.Combining;
            if (Lowercase)
                mask |= CharacterKind.Lowers;
            return mask;
        }
    }

    internal void Validate()
    {
        if (MaxCharactersPerWord is < 1 or > LongestWord)
            throw new ArgumentException(
                $"MaxCharactersPerWord is {MaxCharactersPerWord}; expected 1 to {LongestWord} (BERT models use 100)");
        ArgumentNullException.ThrowIfNull(ContinuationPrefix);
        if (SpecialTokens.Any(string.IsNullOrEmpty))
            throw new ArgumentException("a special token is empty; give its text as it stands in the vocabulary");
    }
}
