using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>A data set and the encoder whose vocabulary reads it.</summary>
/// <param name="Title">For tables.</param>
/// <param name="Name">Its folder in $RETORT_DATA: train.tsv and test.tsv with columns text and label, a header first.</param>
/// <param name="Encoder">The encoder's folder in $RETORT_MODELS.</param>
/// <param name="IsChinese">fastText reads words; a Chinese text's are its characters.</param>
internal sealed record BenchCorpus(string Title, string Name, string Encoder, bool IsChinese)
{
    public static readonly BenchCorpus Headlines = new("THUCNews headlines", "thucnews10", "zh-bert-base", true);

    public static readonly BenchCorpus Sentences = new("SST-2 sentences", "sst2_glue", "minilm", false);

    public static IReadOnlyList<BenchCorpus> All { get; } = [Headlines, Sentences];

    public string EncoderFolder => Path.Combine(Folder("RETORT_MODELS"), Encoder);

    private string TrainFile => Path.Combine(Folder("RETORT_DATA"), Name, "train.tsv");

    public string TestFile => Path.Combine(Folder("RETORT_DATA"), Name, "test.tsv");

    public static BenchCorpus Named(string name) => All.FirstOrDefault(corpus => corpus.Name == name)
        ?? throw new InvalidOperationException($"no corpus {name}; expected {string.Join(" or ", All.Select(corpus => corpus.Name))}");

    public string[] TrainTexts() => Column(TrainFile, 0);

    public string[] TrainLabels() => Column(TrainFile, 1);

    public string[] TestTexts() => Column(TestFile, 0);

    public string[] TestLabels() => Column(TestFile, 1);

    /// <summary>A text as fastText is to read it.</summary>
    public string Words(string text) => IsChinese ? string.Join(' ', text.EnumerateRunes()) : text;

    /// <summary>The tokens of some texts.</summary>
    public static int[][] Encode(WordPieceTokenizer tokenizer, IEnumerable<string> texts, int maxTokens = int.MaxValue)
    {
        var tokens = new List<Token>();
        return [.. texts.Select(text =>
        {
            tokens.Clear();
            tokenizer.Encode(text, tokens, maxTokens);
            return tokens.ConvertAll(token => token.Id).ToArray();
        })];
    }

    private static string[] Column(string file, int column) => [.. File.ReadLines(file).Skip(1).Select(line => line.Split('\t')[column])];

    private static string Folder(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder
        ? folder : throw new InvalidOperationException($"{variable} is not set; expected a folder");
}
