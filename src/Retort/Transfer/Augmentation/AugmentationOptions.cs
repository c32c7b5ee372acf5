using System.ComponentModel;
using Retort.Runs;

namespace Retort.Transfer.Augmentation;

/// <summary>What a word is in a run of Chinese characters, which no blank divides.</summary>
public enum ChineseUnit
{
    /// <summary>Two to four characters that stand together in the corpus far more often than by chance; else one.</summary>
    Words,

    /// <summary>Each character.</summary>
    Characters,
}

/// <summary>How further texts are made from those of train, for the teacher to label.</summary>
public sealed record AugmentationOptions
{
    [Description("Augmented texts made from each text of train, labelled by the teacher; 0: none")]
    public int Copies { get; init; }

    [Description("Seed of every choice")]
    public int Seed { get; init; } = 1;

    [Description("Share of the words replaced by [MASK]")]
    public double Mask { get; init; } = 0.1;

    [Description("Share of the words replaced by one of their neighbours")]
    public double Replace { get; init; } = 0.1;

    [Description("How many words of train, those with the nearest vectors, are a word's neighbours; predict takes one of as many tokens")]
    public int Neighbours { get; init; } = 12;

    [Description("File of word vectors, such as GloVe, that neighbours are nearest in; empty: the encoder's word embeddings")]
    [PathValue]
    public string Vectors { get; init; } = "";

    [Description("Share of the words replaced by what the encoder's masked-language head expects in their place")]
    public double Predict { get; init; }

    [Description("Share of the texts cut to a random run of one to five words")]
    public double Ngram { get; init; } = 0.25;

    [Description("Share of the texts joined from the first half of one and the second half of another")]
    public double Pair { get; init; }

    [Description("Share of the words that change places with another")]
    public double Swap { get; init; }

    [Description("Share of the words left out")]
    public double Delete { get; init; }

    [Description("Share of the words behind which a neighbour of some word of the text is put in")]
    public double Insert { get; init; }

    [Description("What a word is in Chinese: words (found in train) or characters")]
    public ChineseUnit Chinese { get; init; } = ChineseUnit.Words;

    /// <summary>Whether any text is made.</summary>
    public bool IsOn => Copies > 0;

    /// <summary>Whether words need neighbours.</summary>
    public bool UsesNeighbours => Replace > 0 || Insert > 0;

    /// <exception cref="UsageException">A value is out of its range, or the options together change no text.</exception>
    public void Validate()
    {
        OptionRange.Within("augmentation.copies", Copies, 0, 1000);
        OptionRange.Within("augmentation.neighbours", Neighbours, 1, 1000);
        OptionRange.Defined("augmentation.chinese", Chinese);
        (string Name, double Value)[] shares =
        [
            ("mask", Mask), ("replace", Replace), ("predict", Predict), ("delete", Delete),
            ("ngram", Ngram), ("pair", Pair), ("swap", Swap), ("insert", Insert),
        ];
        foreach ((string name, double value) in shares)
            OptionRange.Within($"augmentation.{name}", value, 0, 1);
        if (Mask + Replace + Predict + Delete > 1)
        {
            throw new UsageException(FormattableString.Invariant($"augmentation.mask and replace, predict, delete are {Mask + Replace + Predict + Delete} together: ")
                + "expected at most 1, since a word meets one of them")
            { Key = "augmentation.mask" };
        }
        if (IsOn && Array.TrueForAll(shares, share => share.Value == 0))
            throw new UsageException("augmentation.copies asks for texts, and every share is 0: expected one above 0, such as augmentation.replace") { Key = "augmentation.copies" };
    }
}
