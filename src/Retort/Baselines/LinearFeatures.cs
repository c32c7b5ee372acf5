using Microsoft.ML;
using Microsoft.ML.Transforms.Text;
using Retort.Transfer.Augmentation;

namespace Retort.Baselines;

/// <summary>
/// From text to one sparse vector: TF-IDF of word n-grams and of character n-grams, each of length 1, in lower case. Chinese has no blanks
/// between words: there a "word" would be a clause, which tells one text from all others, so character n-grams stand alone.
/// </summary>
internal static class LinearFeatures
{
    public const string Features = "Features";

    private const int WordNgram = 2, CharacterNgram = 4, ChineseNgram = 3, MostNgrams = 2_000_000, TextsLookedAt = 2000;

    private const string Plain = "Plain", Words = "Words", WordKeys = "WordKeys", WordGrams = "WordGrams", Characters = "Characters", CharacterGrams = "CharacterGrams";

    private static readonly char[] Separators = [.. " \t\r\n.,;:!?\"()[]{}<>/\\|*~`“”‘’…"];

    /// <summary>The steps, to be fitted on the texts of train.</summary>
    /// <param name="context">ML.NET's.</param>
    /// <param name="texts">Those of train, which say whether the language has blanks between words.</param>
    public static IEstimator<ITransformer> Of(MLContext context, IReadOnlyList<string> texts)
    {
        bool chinese = IsChinese(texts);
        TransformsCatalog.TextTransforms text = context.Transforms.Text;
        IEstimator<ITransformer> characters = text.NormalizeText(Plain, nameof(LinearText.Text), keepDiacritics: true)
            .Append(text.TokenizeIntoCharactersAsKeys(Characters, Plain, useMarkerCharacters: false))
            .Append(text.ProduceNgrams(CharacterGrams, Characters, chinese ? ChineseNgram : CharacterNgram, maximumNgramsCount: MostNgrams, weighting: NgramExtractingEstimator.WeightingCriteria.TfIdf))
            .Append(context.Transforms.NormalizeLpNorm(CharacterGrams));
        // A vocabulary of no words would be an error of ML.NET's.
        if (chinese || texts.All(one => one.All(c => Separators.Contains(c))))
            return characters.Append(context.Transforms.CopyColumns(Features, CharacterGrams));
        return characters
            .Append(text.TokenizeIntoWords(Words, Plain, Separators))
            .Append(context.Transforms.Conversion.MapValueToKey(WordKeys, Words, maximumNumberOfKeys: MostNgrams))
            .Append(text.ProduceNgrams(WordGrams, WordKeys, WordNgram, maximumNgramsCount: MostNgrams, weighting: NgramExtractingEstimator.WeightingCriteria.TfIdf))
            .Append(context.Transforms.NormalizeLpNorm(WordGrams))
            .Append(context.Transforms.Concatenate(Features, WordGrams, CharacterGrams));
    }

    /// <summary>Whether more than half of the letters are Chinese.</summary>
    internal static bool IsChinese(IReadOnlyList<string> texts)
    {
        long chinese = 0, letters = 0;
        foreach (char c in texts.Take(TextsLookedAt).SelectMany(text => text))
        {
            letters += char.IsLetter(c) ? 1 : 0;
            chinese += TextUnits.IsChinese(c) ? 1 : 0;
        }
        return 2 * chinese > letters;
    }
}
