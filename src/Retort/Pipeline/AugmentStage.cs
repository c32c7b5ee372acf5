using Retort.Data;
using Retort.Runs;
using Retort.Students;
using Retort.Teachers;
using Retort.Teachers.Text;
using Retort.Transfer.Augmentation;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>The stage that makes texts from those of train: <c>augmented/texts.tsv</c>, with the one column <c>text</c>.</summary>
/// <param name="recipe">The options.</param>
/// <param name="run">The run's folder.</param>
/// <param name="data">The corpus.</param>
/// <param name="unlabelled">What else is distilled on.</param>
internal sealed class AugmentStage(Recipe recipe, string run, DataSet data, IReadOnlyList<string> unlabelled)
{
    public const string Name = "augment";

    private const string Folder = "augmented", Header = "text";

    private readonly AugmentationOptions _options = recipe.Augmentation;
    private readonly string[] _texts = data.Train.Texts(), _held = [.. data.Dev.Texts(), .. data.Test.Texts()];

    /// <summary>What would else be found out after an hour of teaching.</summary>
    public static void RequireFiles(Recipe recipe)
    {
        string vectors = recipe.Augmentation.Vectors;
        if (vectors.Length > 0 && !File.Exists(vectors))
            throw new UsageException($"augmentation.vectors is {vectors}: there is no such file; expected a file of word vectors, or nothing for the encoder's") { Key = "augmentation.vectors" };
    }

    /// <summary>Refuses to ask an encoder for words that has not learnt to give them.</summary>
    /// <exception cref="UsageException">It is no BERT.</exception>
    public static void RequireEncoder(Recipe recipe, Func<string, string> resolve)
    {
        if (recipe.Augmentation.Predict > 0)
            MaskedLanguageModel.RequireBert(Encoder(recipe, resolve));
    }

    /// <summary>Makes the texts, or finds them made.</summary>
    /// <param name="runner">Knows what is done.</param>
    /// <param name="resolve">Finds a named model.</param>
    /// <param name="device">Where the masked-language head computes.</param>
    /// <param name="progress">Told of everything.</param>
    /// <param name="cancellation">Stops.</param>
    public (string[] Texts, AugmentationReport Report) Run(StageRunner runner, Func<string, string> resolve, Device device,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        string encoder = Encoder(recipe, resolve), file = Path.Combine(run, Folder, "texts.tsv");
        AugmentationReport report = runner.Run(Name, Name, Inputs(encoder), [Folder], scratch => Make(encoder, file, scratch, device, progress, cancellation));
        foreach (string line in Lines(report))
            progress?.Report(StageProgress.Note(Name, line));
        return ([.. File.ReadLines(file).Skip(1)], report);
    }

    // The first teacher that is a Hugging Face folder with WordPiece, as it was before it was fine-tuned: so nothing here waits for
    // that. Else what gives the student its tokenizer.
    private static string Encoder(Recipe recipe, Func<string, string> resolve) =>
        StudentTokenizer.Teachers(recipe, resolve).Select(teacher => teacher.Folder).FirstOrDefault(folder => TextTokenizer.KindOf(folder) == TokenizerKind.WordPiece)
            ?? StudentTokenizer.Folder(recipe, hasModel: false, resolve)!;

    private Dictionary<string, string> Inputs(string encoder)
    {
        using var weights = ModelWeights.Open(encoder);
        var inputs = new Dictionary<string, string>
        {
            ["texts"] = ContentHash.OfLines(_texts),
            ["other_texts"] = ContentHash.OfLines(_held.Concat(unlabelled)),
            ["encoder"] = weights.Fingerprint,
            ["tokenizer"] = TextTokenizer.Load(encoder).Fingerprint,
            ["options"] = ContentHash.OfRecord(_options with { Vectors = "" }),
            ["near_duplicates"] = ContentHash.OfRecord(recipe.Transfer.NearDuplicates),
        };
        if (_options.Vectors.Length > 0)
            inputs["vectors"] = ContentHash.OfFile(_options.Vectors);
        return inputs;
    }

    private AugmentationReport Make(string encoder, string file, string scratch, Device device, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        using EncoderVocabulary vocabulary = EncoderVocabulary.Load(encoder);
        using MaskedLanguageModel? model = _options.Predict > 0 ? MaskedLanguageModel.Load(encoder, device) : null;
        var tools = new AugmentationTools(vocabulary, _options.Vectors.Length > 0 ? words => Vectors(words, cancellation) : null, model);
        (string[] texts, AugmentationReport report) = TextAugmentation.Run(_options, _texts, _held, unlabelled,
            recipe.Transfer.NearDuplicates, tools, scratch, progress, cancellation);
        AtomicFile.Write(file, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine(Header);
            foreach (string text in texts)
                writer.WriteLine(text);
        });
        return report;
    }

    private WordSpace Vectors(IReadOnlyList<string> words, CancellationToken cancellation)
    {
        WordVectors vectors = WordVectors.Read(_options.Vectors, words, cancellation);
        string[] known = [.. words.Where(vectors.Vectors.ContainsKey)];
        float[] rows = new float[known.Length * vectors.Width];
        for (int k = 0; k < known.Length; k++)
            vectors.Vectors[known[k]].CopyTo(rows, k * vectors.Width);
        return new WordSpace(known, tensor(rows, [known.Length, vectors.Width]));
    }

    private IEnumerable<string> Lines(AugmentationReport report)
    {
        yield return FormattableString.Invariant($"{report.Kept:N0} augmented texts, of {report.Asked:N0} asked for; {report.Lacking:N0} could not be made anew, {report.NearDevOrTest:N0} left out that are nearly of dev or test");
        if (_options.UsesNeighbours)
            yield return FormattableString.Invariant($"{report.WithNeighbours:N0} of {report.Words:N0} words of train have neighbours");
        if (report.ChineseWords > 0)
            yield return FormattableString.Invariant($"{report.ChineseWords:N0} Chinese words of two to four characters were found in train");
        if (_options.Mask > 0 && report.Mask != "[MASK]")
            yield return $"the encoder's tokenizer has no [MASK]: {report.Mask} hides words";
    }
}
