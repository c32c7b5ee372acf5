using Retort.Runtime.Text;

namespace Retort.Students;

/// <summary>
/// The student's tokens: those of the teacher that the transfer set uses. The student runs WordPiece over this smaller
/// vocabulary by itself, in training as when it serves. With every used token kept, it cuts the transfer set exactly
/// as the teacher does; a word whose pieces were dropped is cut into other pieces or becomes [UNK].
/// </summary>
public sealed class StudentVocabulary
{
    /// <summary>The id of [UNK] in every student.</summary>
    public const int UnknownId = 0;

    private StudentVocabulary(WordPieceTokenizer tokenizer, int[] teacherIds) =>
        (Tokenizer, TeacherIds) = (tokenizer, teacherIds);

    /// <summary>WordPiece over the student's tokens.</summary>
    public WordPieceTokenizer Tokenizer { get; }

    /// <summary>The teacher's id of each of the student's tokens: (vocabulary size).</summary>
    public IReadOnlyList<int> TeacherIds { get; }

    /// <summary>
    /// Keeps [UNK], as token 0, and then what the texts use, the most frequent first, so that a reader with little memory
    /// knows which rows to keep, and rows that are read often stand together.
    /// </summary>
    /// <param name="teacher">The teacher's tokenizer.</param>
    /// <param name="texts">The transfer set.</param>
    /// <param name="maxLength">Longest input in tokens: what stands behind is not counted.</param>
    /// <param name="minTokenCount">A token must stand this often in all texts together.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public static StudentVocabulary Trim(WordPieceTokenizer teacher, IEnumerable<string> texts, int maxLength,
        int minTokenCount, CancellationToken cancellation = default)
    {
        long[] counts = new long[teacher.Vocabulary.Count];
        var tokens = new List<Token>();
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            tokens.Clear();
            teacher.Encode(text, tokens, maxLength);
            foreach (Token token in tokens)
                counts[token.Id]++;
        }
        int[] kept = Enumerable.Range(0, counts.Length)
            .Where(id => id != teacher.UnknownId && counts[id] >= minTokenCount)
            .OrderByDescending(id => counts[id])
            .ThenBy(id => id)
            .Prepend(teacher.UnknownId)
            .ToArray();
        var vocabulary = new Vocabulary(kept.Select(id => teacher.Vocabulary[id]));
        return new StudentVocabulary(new WordPieceTokenizer(vocabulary, teacher.Options), kept);
    }
}
