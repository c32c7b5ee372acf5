using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Teachers;

namespace Retort.Transfer.Augmentation;

/// <summary>What texts are augmented with.</summary>
/// <param name="Vocabulary">The encoder's tokenizer and word embeddings.</param>
/// <param name="Vectors">Vectors of the words that it is given, as far as it has them; null: the encoder's embeddings.</param>
/// <param name="Model">The encoder with its masked-language head; null: not needed.</param>
public sealed record AugmentationTools(EncoderVocabulary Vocabulary, Func<IReadOnlyList<string>, WordSpace>? Vectors, MaskedLanguageModel? Model);

/// <summary>Makes the augmented texts of a run.</summary>
public static class TextAugmentation
{
    /// <summary>Texts made from texts: each once, none that stands elsewhere or is nearly one of dev or test.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="texts">Those of train. Their labels have no part in this.</param>
    /// <param name="held">Those of dev and test.</param>
    /// <param name="unlabelled">Further texts that are distilled on.</param>
    /// <param name="likeness">As in <see cref="UnlabelledTexts.Clean"/>.</param>
    /// <param name="tools">Where words come from.</param>
    /// <param name="scratch">A folder for files that are gone afterwards.</param>
    /// <param name="progress">Words and texts done.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UsageException">No text could be made, or the vectors know none of the words.</exception>
    public static (string[] Texts, AugmentationReport Report) Run(AugmentationOptions options, IReadOnlyList<string> texts,
        IReadOnlyList<string> held, IReadOnlyList<string> unlabelled, double likeness, AugmentationTools tools, string scratch,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        string mask = MaskOf(options, tools.Vocabulary.Tokenizer);
        ChineseWords chinese = options.Chinese == ChineseUnit.Words ? ChineseWords.Of(texts, cancellation) : ChineseWords.None;
        string[] words = WordSpace.WordsOf(texts, chinese, cancellation);
        Neighbours neighbours = options.UsesNeighbours ? FindNeighbours(options, words, tools, progress, cancellation) : Neighbours.None;
        WordPrediction? prediction = tools.Model is { } model ? new WordPrediction(model, options.Neighbours) : null;
        var augmenter = new Augmenter(options, chinese, neighbours, mask, prediction);
        int asked = checked(options.Copies * texts.Count);
        var made = new List<string>(asked);
        foreach (string text in augmenter.Run(texts, held.Concat(unlabelled), scratch, cancellation))
        {
            made.Add(text);
            if (made.Count % 1000 == 0)
                progress?.Report(new StageProgress("augment", made.Count, asked, "texts"));
        }
        var kept = new List<string>(made.Count);
        UnlabelledReport cleaned = UnlabelledTexts.Clean(made, texts, held, likeness, scratch, kept.Add, cancellation: cancellation);
        if (kept.Count == 0)
        {
            throw new UsageException($"of {texts.Count} texts of train none could be augmented: expected texts of more than one word; "
                + "augmentation.copies: 0 distils without")
            { Key = "augmentation.copies" };
        }
        return ([.. kept], new AugmentationReport(asked, made.Count, cleaned.NearDevOrTest, words.Length, neighbours.Count, chinese.Count, mask));
    }

    private static Neighbours FindNeighbours(AugmentationOptions options, string[] words, AugmentationTools tools,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        IReadOnlyList<WordSpace> spaces = tools.Vectors is { } vectors ? [vectors(words)] : WordSpace.OfEncoder(tools.Vocabulary, words);
        Neighbours found = Neighbours.Find(spaces, options.Neighbours, progress, cancellation);
        int known = spaces.Sum(space => space.Words.Count);
        foreach (WordSpace space in spaces)
            space.Dispose();
        return found.Count > 0 ? found
            : throw new UsageException($"{(options.Vectors.Length > 0 ? options.Vectors : "the encoder")} has vectors of {known} of the {words.Length} words of train: "
                + "expected one of the corpus's language; or set augmentation.replace and augmentation.insert to 0")
            { Key = "augmentation.vectors" };
    }

    /// <summary>What the tokenizer reads as one token that hides a word: [MASK], which the encoder was trained with, else [UNK].</summary>
    private static string MaskOf(AugmentationOptions options, WordPieceTokenizer tokenizer)
    {
        string[] known = [tokenizer.Options.MaskToken, tokenizer.Options.UnknownToken];
        string? mask = Array.Find(known, token => IsOneToken(tokenizer, token));
        return mask is not null || options.Mask == 0 ? mask ?? known[0]
            : throw new UsageException($"the tokenizer reads neither {known[0]} nor {known[1]} as one token: expected augmentation.mask: 0; "
                + "augmentation.delete leaves words out instead")
            { Key = "augmentation.mask" };
    }

    private static bool IsOneToken(WordPieceTokenizer tokenizer, string token)
    {
        var tokens = new List<Token>();
        tokenizer.Encode(token, tokens);
        return tokens.Count == 1 && tokenizer.Vocabulary[tokens[0].Id] == token;
    }
}
