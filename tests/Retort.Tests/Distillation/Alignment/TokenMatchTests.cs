using Retort.Distillation.Alignment;
using Retort.Runs;
using Retort.Runtime.Text;

namespace Retort.Tests.Distillation.Alignment;

public sealed class TokenMatchTests
{
    // "unhappy dog": un|happy dog against unhap|py|dog, where the student has not read "dog".
    private static readonly Token[] Student = [new(1, 0, 2), new(2, 2, 7)], Teacher = [new(5, 0, 5), new(6, 5, 7), new(7, 8, 11)];

    [Fact]
    public void A_text_cut_in_two_ways_is_matched_by_its_characters()
    {
        TokenMatch match = TokenMatch.Of(Student, Teacher);
        Assert.Equal([2, 5], match.OfStudent);
        Assert.Equal([5, 2, 0], match.OfTeacher);
        float[][] states = [[10, 1], [20, 2], [30, 3]];
        float[][] found = [new float[2], new float[2]];
        match.Average(t => states[t], s => found[s]);
        Assert.Equal([10, 1], found[0]);
        // Three of the five characters of "happy" are of "unhap", two of "py".
        Assert.Equal([14, 1.4f], found[1], (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Attention_is_averaged_over_who_attends_and_divided_among_what_is_attended_to()
    {
        TokenMatch match = TokenMatch.Of(Student, Teacher);
        float[][] attention = [[0.5f, 0.3f, 0.2f], [0.1f, 0.8f, 0.1f], [0, 0, 1]];
        float[] found = new float[4];
        match.Attend(t => attention[t], found);
        // Of what falls on "unhap" two fifths are on "un".
        Assert.Equal([0.5 * 0.4, 0.5 * 0.6 + 0.3, 0.6 * 0.5 * 0.4 + 0.4 * 0.1 * 0.4, 0.6 * (0.5 * 0.6 + 0.3) + 0.4 * (0.1 * 0.6 + 0.8)],
            found.Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-5);
        float[] scores = new float[4];
        match.Score(t => attention[t], scores);
        Assert.Equal([0.5, 0.6 * 0.5 + 0.4 * 0.3, 0.6 * 0.5 + 0.4 * 0.1, 0.6 * (0.6 * 0.5 + 0.4 * 0.3) + 0.4 * (0.6 * 0.1 + 0.4 * 0.8)],
            scores.Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void The_same_tokens_are_matched_one_to_one()
    {
        Token[] tokens = [new(1, 0, 1), new(2, 1, 4), new(3, 5, 6)];
        TokenMatch match = TokenMatch.Of(tokens, tokens);
        float[][] rows = [[1, 2, 3], [4, 5, 6], [7, 8, 9]];
        float[] found = new float[9];
        match.Attend(t => rows[t], found);
        Assert.Equal(rows.SelectMany(row => row), found);
    }

    [Fact]
    public void Means_of_a_constant_are_that_constant_however_texts_are_cut()
    {
        var random = new SeededRandom(3);
        for (int round = 0; round < 200; round++)
        {
            Token[] student = Cut(random), teacher = Cut(random);
            TokenMatch match = TokenMatch.Of(student, teacher);
            float[][] found = Array.ConvertAll(student, _ => new float[1]);
            match.Average(_ => [7f], s => found[s]);
            Assert.All(found, (row, s) => Assert.Equal(match.OfStudent[s] > 0 ? 7 : 0, row[0], 1e-4));
            // Of attention to what the student has read nothing is lost.
            float[] uniform = Array.ConvertAll(teacher, _ => 1f / teacher.Length), attended = new float[student.Length * student.Length];
            match.Attend(_ => uniform, attended);
            double read = match.OfTeacher.Count(shared => shared > 0) / (double)teacher.Length;
            for (int s = 0; s < student.Length; s++)
                Assert.Equal(match.OfStudent[s] > 0 ? read : 0, attended.AsSpan(s * student.Length, student.Length).ToArray().Sum(), 1e-4);
        }

        static Token[] Cut(SeededRandom random)
        {
            var tokens = new List<Token>();
            for (int place = random.Below(3); place < 12;)
            {
                int end = place + 1 + random.Below(4);
                tokens.Add(new Token(0, place, end));
                place = end + random.Below(2);
            }
            return [.. tokens];
        }
    }
}
