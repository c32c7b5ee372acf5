using System.ComponentModel;
using Retort.Runs;
using Retort.Runtime.Model;

namespace Retort.Students;

/// <summary>The shape of a TextCNN student. Every choice folds into per-token tables at inference.</summary>
public sealed record StudentOptions
{
    /// <summary>The word for what the teacher has.</summary>
    public const string FromTeacher = "teacher";

    [Description("Widths of the convolutions, in tokens")]
    public int[] Windows { get; init; } = [3, 4, 5];

    [Description("Channels of each window after the activation")]
    public int Filters { get; init; } = 128;

    [Description("Width of what the convolutions read")]
    public int EmbeddingWidth { get; init; } = 100;

    [Description("relu or gated")]
    public Activation Activation { get; init; } = Activation.Gated;

    [Description("max or max_mean")]
    public Pooling Pooling { get; init; } = Pooling.Max;

    [Description("Buckets that bigrams and trigrams are hashed into, each a row of a table; 0: none")]
    public int NgramBuckets { get; init; } = 131072;

    [Description("Width of that table")]
    public int NgramWidth { get; init; } = 32;

    [Description("Width of a hidden layer before the classifier; 0: none")]
    public int HiddenWidth { get; init; }

    [Description("Dropout on the pooled features")]
    public double Dropout { get; init; } = 0.5;

    [Description("Share of the tokens replaced by [UNK] in training, so that unknown tokens mean something")]
    public double TokenDropout { get; init; } = 0.01;

    [Description("Where the WordPiece tokenizer that the student's is cut from comes from, with its word embeddings: teacher (the first that is a Hugging Face folder with WordPiece; where no teacher is a Hugging Face folder, teacher.encoder), or minilm, a Hugging Face folder, hf:ORG/NAME[@REVISION] or npm:NAME@VERSION, as a teacher without WordPiece needs it")]
    [PathValue(FromTeacher, "minilm", "hf:", "npm:")]
    public string Tokenizer { get; init; } = FromTeacher;

    [Description("Where token embeddings start: random, teacher (the word embeddings of student.tokenizer), or a file of word vectors")]
    [PathValue("random", FromTeacher)]
    public string Embeddings { get; init; } = FromTeacher;

    [Description("Keep tokens that stand at least this often in the transfer set; the rest become [UNK]")]
    public int MinTokenCount { get; init; } = 1;

    [Description("Only buckets of hashed n-grams that the transfer set comes to at least this often have a row, and n-grams of the others count as none; 0: every bucket has one")]
    public int MinNgramCount { get; init; }

    [Description("Longest input in tokens")]
    public int MaxLength { get; init; } = 256;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Distinct("student.windows", Windows, 1, StudentShape.WidestWindow);
        OptionRange.AtLeast("student.filters", Filters, 1);
        OptionRange.AtLeast("student.embedding_width", EmbeddingWidth, 1);
        OptionRange.Defined("student.activation", Activation);
        OptionRange.Defined("student.pooling", Pooling);
        OptionRange.AtLeast("student.ngram_buckets", NgramBuckets, 0);
        OptionRange.AtLeast("student.ngram_width", NgramWidth, 1);
        OptionRange.AtLeast("student.hidden_width", HiddenWidth, 0);
        OptionRange.ShareBelowOne("student.dropout", Dropout);
        OptionRange.ShareBelowOne("student.token_dropout", TokenDropout);
        OptionRange.NotEmpty("student.tokenizer", Tokenizer, "teacher, minilm, a folder, hf:ORG/NAME or npm:NAME@VERSION");
        OptionRange.NotEmpty("student.embeddings", Embeddings, "random, teacher or a file of word vectors");
        OptionRange.AtLeast("student.min_token_count", MinTokenCount, 1);
        OptionRange.AtLeast("student.min_ngram_count", MinNgramCount, 0);
        OptionRange.AtLeast("student.max_length", MaxLength, 1);
    }

    /// <summary>The shape that these options ask for.</summary>
    /// <param name="vocabularySize">Tokens in the student's vocabulary, [UNK] included.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="sourceWidth">Width of embeddings that a per-token layer is to project; 0: no such layer.</param>
    public StudentShape ToShape(int vocabularySize, int classes, int sourceWidth = 0) => new()
    {
        VocabularySize = vocabularySize,
        Classes = classes,
        SourceWidth = sourceWidth,
        EmbeddingWidth = EmbeddingWidth,
        Windows = Windows.Order().ToArray(),
        Filters = Filters,
        Activation = Activation,
        Pooling = Pooling,
        NgramBuckets = NgramBuckets,
        NgramWidth = NgramBuckets > 0 ? NgramWidth : 0,
        HiddenWidth = HiddenWidth,
    };
}
