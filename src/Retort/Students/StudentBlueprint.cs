using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>
/// What the students of a run have in common, whatever their seed and whether or not a teacher helps them: vocabulary,
/// shape, classes and where their embeddings begin. Owns a tensor.
/// </summary>
public sealed class StudentBlueprint : IDisposable
{
    private const string Random = "random";
    private const int ChunkOfTexts = 4096;

    private readonly double _dropout;
    private readonly NgramIndex? _ngrams;
    private readonly Tensor? _embeddings;
    private readonly Tensor? _known;

    private StudentBlueprint(StudentOptions options, StudentEncoder encoder, NgramIndex? ngrams, LabelSet labels, TaskKind kind, Start start)
    {
        (_dropout, _ngrams, _embeddings, _known) = (options.Dropout, ngrams, start.Embeddings, start.Known);
        (Encoder, Labels, Kind, EmbeddingNote) = (encoder, labels, kind, start.Note);
        Shape = options.ToShape(encoder.Tokenizer.Vocabulary.Count, labels.Count, start.SourceWidth).WithNgrams(ngrams);
    }

    public StudentEncoder Encoder { get; }

    public StudentShape Shape { get; }

    public LabelSet Labels { get; }

    public TaskKind Kind { get; }

    /// <summary>Where the embeddings begin, as a line for the user.</summary>
    public string EmbeddingNote { get; }

    /// <summary>Trims the vocabulary and the table of n-grams, and prepares the embeddings.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="teacher">The tokenizer to trim.</param>
    /// <param name="teacherEmbeddings">(teacher's vocabulary, width) its word embeddings; null where it has none at hand.</param>
    /// <param name="texts">The transfer set.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="kind">Whether they exclude each other.</param>
    /// <param name="cancellation">Stops the reading of texts and vectors.</param>
    /// <exception cref="UsageException">Embeddings from a teacher that has none, or no n-gram comes often enough.</exception>
    /// <exception cref="RetortException">The word vectors cannot be read.</exception>
    public static StudentBlueprint Draw(StudentOptions options, WordPieceTokenizer teacher, Tensor? teacherEmbeddings,
        IEnumerable<string> texts, LabelSet labels, TaskKind kind, CancellationToken cancellation = default)
    {
        var vocabulary = StudentVocabulary.Trim(teacher, texts, options.MaxLength, options.MinTokenCount, cancellation);
        if (vocabulary.TeacherIds.Count > NgramHash.MaxVocabulary)
            throw new UsageException($"the student's vocabulary has {vocabulary.TeacherIds.Count} tokens: expected at most "
                + $"{NgramHash.MaxVocabulary}; raise student.min_token_count");
        var encoder = new StudentEncoder(vocabulary.Tokenizer, options.MaxLength);
        NgramIndex? ngrams = options.NgramBuckets == 0 ? null : Used(options, encoder, texts, cancellation);
        Start start = options.Embeddings switch
        {
            Random => new Start(null, null, 0, "embeddings begin at random"),
            StudentOptions.FromTeacher => StartFromTeacher(options, vocabulary, teacherEmbeddings),
            _ => StartFromVectors(options, vocabulary, cancellation),
        };
        return new StudentBlueprint(options, encoder, ngrams, labels, kind, start);
    }

    /// <summary>A new student.</summary>
    /// <param name="seed">Seed of its weights.</param>
    /// <param name="device">Where it computes.</param>
    public Student Build(long seed, Device device)
    {
        var module = new TextCnn(Shape, _dropout, seed, _ngrams);
        if (_embeddings is not null)
            module.StartEmbeddings(_embeddings, _known);
        module.to(device);
        return new Student(module, Encoder, Labels, Kind, device);
    }

    public void Dispose()
    {
        _embeddings?.Dispose();
        _known?.Dispose();
    }

    // The buckets that are to have a row.
    private static NgramIndex Used(StudentOptions options, StudentEncoder encoder, IEnumerable<string> texts, CancellationToken cancellation)
    {
        NgramIndex all = NgramIndex.All(options.NgramBuckets);
        if (options.MinNgramCount == 0)
            return all;
        long[] counts = all.UsesBy(texts.Chunk(ChunkOfTexts).SelectMany(chunk => encoder.EncodeAll(chunk, cancellation)));
        bool[] kept = Array.ConvertAll(counts, count => count >= options.MinNgramCount);
        if (!kept.Contains(true))
        {
            throw new UsageException($"student.min_ngram_count is {options.MinNgramCount}, but the transfer set comes to no bucket of n-grams more than {counts.Max()} times: "
                + "expected less, or student.ngram_buckets 0 for a student without n-grams")
            { Key = "student.min_ngram_count" };
        }
        return kept.Contains(false) ? all.Keep(kept) : all;
    }

    private static Start StartFromTeacher(StudentOptions options, StudentVocabulary vocabulary, Tensor? teacherEmbeddings)
    {
        if (teacherEmbeddings is null)
            throw new UsageException("student.embeddings is 'teacher', but this teacher has no word embeddings at hand: "
                + "expected random, or a file of word vectors")
            { Key = "student.embeddings" };
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor ids = tensor(vocabulary.TeacherIds.Select(id => (long)id).ToArray());
        Tensor rows = teacherEmbeddings.cpu().index_select(0, ids).to(float32); // (vocabulary, teacher's width)
        return new Start(rows.DetachFromDisposeScope(), null, (int)rows.shape[1],
            $"embeddings begin as {(options.Tokenizer == StudentOptions.FromTeacher ? "the teacher's" : $"those of {options.Tokenizer}")}, {vocabulary.TeacherIds.Count} of {teacherEmbeddings.shape[0]} rows");
    }

    private static Start StartFromVectors(
        StudentOptions options, StudentVocabulary vocabulary, CancellationToken cancellation)
    {
        int count = vocabulary.TeacherIds.Count;
        string[] tokens = Enumerable.Range(0, count).Select(id => vocabulary.Tokenizer.Vocabulary[id]).ToArray();
        WordVectors vectors = WordVectors.Read(options.Embeddings, tokens, cancellation);
        float[] rows = new float[count * vectors.Width];
        bool[] known = new bool[count];
        for (int id = 0; id < count; id++)
        {
            known[id] = vectors.Vectors.TryGetValue(tokens[id], out float[]? row);
            row?.CopyTo(rows, id * vectors.Width);
        }
        using var scope = NewDisposeScope();
        return new Start(
            tensor(rows, [count, vectors.Width]).DetachFromDisposeScope(),
            tensor(known, [count, 1]).DetachFromDisposeScope(),
            vectors.Width == options.EmbeddingWidth ? 0 : vectors.Width,
            $"{vectors.Vectors.Count} of {count} tokens begin with a word vector of {options.Embeddings}, the rest at random");
    }

    /// <param name="Embeddings">(vocabulary, width), or null for random ones.</param>
    /// <param name="Known">(vocabulary, 1) which rows to take; null: all.</param>
    /// <param name="SourceWidth">As in <see cref="StudentShape"/>.</param>
    /// <param name="Note">A line for the user.</param>
    private sealed record Start(Tensor? Embeddings, Tensor? Known, int SourceWidth, string Note);
}
