using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Teachers.Bert;
using static TorchSharp.torch;

namespace Retort.Teachers;

/// <summary>What a student takes over from an encoder: its tokenizer and word embeddings. Owns a tensor.</summary>
public sealed class EncoderVocabulary : IDisposable
{
    private EncoderVocabulary(WordPieceTokenizer tokenizer, Tensor embeddings) => (Tokenizer, Embeddings) = (tokenizer, embeddings);

    public WordPieceTokenizer Tokenizer { get; }

    /// <summary>(vocabulary, hidden)</summary>
    public Tensor Embeddings { get; }

    /// <summary>Reads them from a Hugging Face folder.</summary>
    /// <exception cref="RetortException">The folder is no BERT, or its tokenizer belongs to another model.</exception>
    public static EncoderVocabulary Load(string folder)
    {
        BertConfig config = BertConfig.Load(Path.Combine(folder, "config.json"));
        return new EncoderVocabulary(TeacherFolder.LoadTokenizer(folder, config), BertWeights.LoadWordEmbeddings(folder, config));
    }

    public void Dispose() => Embeddings.Dispose();
}
