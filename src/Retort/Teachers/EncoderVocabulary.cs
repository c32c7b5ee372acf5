using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Teachers.Encoders;
using Retort.Teachers.Text;
using static TorchSharp.torch;

namespace Retort.Teachers;

/// <summary>What a student takes over from an encoder: its tokenizer and word embeddings. Owns a tensor.</summary>
public sealed class EncoderVocabulary : IDisposable
{
    private EncoderVocabulary(WordPieceTokenizer tokenizer, Tensor embeddings) => (Tokenizer, Embeddings) = (tokenizer, embeddings);

    public WordPieceTokenizer Tokenizer { get; }

    /// <summary>(vocabulary, embedding width)</summary>
    public Tensor Embeddings { get; }

    /// <summary>Reads them from a Hugging Face folder.</summary>
    /// <exception cref="UsageException">The folder's tokenizer is not WordPiece.</exception>
    /// <exception cref="RetortException">The folder is of no kind of encoder that is read, or its tokenizer belongs to another model.</exception>
    public static EncoderVocabulary Load(string folder)
    {
        EncoderConfig config = EncoderConfig.Load(folder);
        return new EncoderVocabulary(LoadTokenizer(folder, config), EncoderWeights.LoadWordEmbeddings(folder, config));
    }

    /// <summary>Refuses a folder from which no student can take its tokenizer, by its files alone.</summary>
    /// <param name="folder">A Hugging Face folder.</param>
    /// <param name="why">What names the folder, as the beginning of a sentence.</param>
    /// <exception cref="UsageException">Its tokenizer is not WordPiece.</exception>
    public static void RequireWordPiece(string folder, string why)
    {
        TokenizerKind kind = TextTokenizer.KindOf(folder);
        if (kind == TokenizerKind.WordPiece)
            return;
        throw new UsageException($"{why} reads text with {TextTokenizer.Name(kind)}, and a student reads WordPiece: set student.tokenizer to where its tokenizer "
            + "and its first embeddings come from: minilm (English), or a folder, hf:ORG/NAME or npm:NAME@VERSION of a BERT of the texts' language")
        { Key = "student.tokenizer" };
    }

    internal static WordPieceTokenizer LoadTokenizer(string folder, EncoderConfig config)
    {
        RequireWordPiece(folder, $"the encoder {folder}");
        WordPieceTokenizer tokenizer = WordPieceTokenizer.Load(folder);
        TeacherFolder.RequireEmbedded(folder, tokenizer.Vocabulary.Count, config);
        return tokenizer;
    }

    public void Dispose() => Embeddings.Dispose();
}
