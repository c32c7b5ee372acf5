using Retort.Runtime.Text;

namespace Retort.Distillation.Alignment;

/// <summary>
/// Which tokens of two tokenizations of a text stand over the same characters: a sparse table of the characters that a token of the one and a token of the
/// other have in common.
/// </summary>
internal sealed class TokenMatch
{
    private readonly (int Student, int Teacher, int Shared)[] _pairs;

    private TokenMatch(int students, int teachers, (int Student, int Teacher, int Shared)[] pairs)
    {
        _pairs = pairs;
        (OfStudent, OfTeacher) = (new int[students], new int[teachers]);
        foreach ((int student, int teacher, int shared) in pairs)
        {
            OfStudent[student] += shared;
            OfTeacher[teacher] += shared;
        }
    }

    /// <summary>Characters that each of the student's tokens shares with any of the teacher's; 0: the teacher has not read it.</summary>
    public int[] OfStudent { get; }

    /// <summary>Characters that each of the teacher's tokens shares with any of the student's.</summary>
    public int[] OfTeacher { get; }

    /// <param name="student">In order of the text.</param>
    /// <param name="teacher">In order of the text.</param>
    public static TokenMatch Of(IReadOnlyList<Token> student, IReadOnlyList<Token> teacher)
    {
        var pairs = new List<(int, int, int)>();
        int first = 0;
        for (int s = 0; s < student.Count; s++)
        {
            while (first < teacher.Count && teacher[first].End <= student[s].Start)
                first++;
            for (int t = first; t < teacher.Count && teacher[t].Start < student[s].End; t++)
            {
                int shared = Math.Min(student[s].End, teacher[t].End) - Math.Max(student[s].Start, teacher[t].Start);
                if (shared > 0)
                    pairs.Add((s, t, shared));
            }
        }
        return new TokenMatch(student.Count, teacher.Count, [.. pairs]);
    }

    /// <summary>Adds to each of the student's tokens the mean of what the teacher's tokens over its characters have, character by character.</summary>
    /// <param name="of">What one of the teacher's tokens has.</param>
    /// <param name="to">What one of the student's tokens gets, zeros before.</param>
    public void Average(Func<int, ReadOnlySpan<float>> of, Func<int, Span<float>> to)
    {
        foreach ((int student, int teacher, int shared) in _pairs)
        {
            float part = (float)shared / OfStudent[student];
            ReadOnlySpan<float> from = of(teacher);
            Span<float> sum = to(student);
            for (int k = 0; k < from.Length; k++)
                sum[k] += part * from[k];
        }
    }

    /// <summary>
    /// A map of attention among the teacher's tokens as one among the student's: the rows are averaged, and what falls on a token is divided among those that
    /// stand over its characters. Rows that sum to 1 still do, but for what falls on tokens that the student has not read.
    /// </summary>
    /// <param name="of">(teacher's tokens) What one of the teacher's tokens attends to.</param>
    /// <param name="to">(student's tokens × student's tokens) Zeros before.</param>
    public void Attend(Func<int, ReadOnlySpan<float>> of, Span<float> to) => Spread(of, to, (student, teacher, shared) => (float)shared / OfTeacher[teacher]);

    /// <summary>The same of scores, which are averaged on both sides.</summary>
    public void Score(Func<int, ReadOnlySpan<float>> of, Span<float> to) => Spread(of, to, (student, teacher, shared) => (float)shared / OfStudent[student]);

    private void Spread(Func<int, ReadOnlySpan<float>> of, Span<float> to, Func<int, int, int, float> share)
    {
        float[] shares = [.. _pairs.Select(pair => share(pair.Student, pair.Teacher, pair.Shared))];
        foreach ((int student, int teacher, int shared) in _pairs)
        {
            float part = (float)shared / OfStudent[student];
            ReadOnlySpan<float> from = of(teacher);
            Span<float> row = to.Slice(student * OfStudent.Length, OfStudent.Length);
            for (int k = 0; k < shares.Length; k++)
                row[_pairs[k].Student] += part * shares[k] * from[_pairs[k].Teacher];
        }
    }
}
