using Retort.Data;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Compression;

public sealed class MergedStudentTests
{
    public static TheoryData<string, int> Shapes => [.. MadeFolded.Shapes.Keys.SelectMany(shape => new[] { (shape, 2), (shape, 3) })];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Several_students_as_one_answer_with_the_mean_of_their_logits(string name, int count)
    {
        FoldedStudent[] members = Members(MadeFolded.Shapes[name], count);
        float[][] logits = Array.ConvertAll(members, Logits);
        Assert.NotEqual(logits[0], logits[1]);
        FoldedStudent merged = MergedStudent.Of(members);
        float[] found = Logits(merged);
        for (int k = 0; k < found.Length; k++)
            Assert.Equal(logits.Average(values => values[k]), found[k], 1e-5);
        Assert.Equal(count * members[0].Shape.MapWidth, merged.Shape.MapWidth);
        Assert.Equal(1, merged.Temperature);
    }

    [Fact]
    public void A_student_alone_stays_as_it_is()
    {
        FoldedStudent student = MadeFolded.Student(MadeFolded.Small);
        Assert.Equal(student.Fingerprint(), MergedStudent.Of([student]).Fingerprint());
    }

    [Theory]
    [InlineData(TaskKind.SingleLabel, 0, 4)]
    [InlineData(TaskKind.MultiLabel, 0, 6)]
    [InlineData(TaskKind.SingleLabel, 9, 21)]
    public void Joined_they_have_no_more_columns_of_ngrams_than_the_next_layer_sees(TaskKind kind, int hidden, int columns)
    {
        FoldedStudent[] members = Members(MadeFolded.Small with { HiddenWidth = hidden }, 3, kind);
        FoldedStudent joined = Retort.Pipeline.Members.Join(members, MadeFolded.Texts, TestContext.Current.CancellationToken);
        Assert.Equal(columns, joined.Shape.NgramWidth);
        float[][] logits = Array.ConvertAll(members, Logits);
        float[] found = Logits(joined);
        // A softmax is the same where all logits of a text move together.
        bool moves = kind == TaskKind.SingleLabel && hidden == 0;
        for (int text = 0; text < found.Length / 3; text++)
        {
            double[] mean = [.. Enumerable.Range(3 * text, 3).Select(k => (double)logits.Average(values => values[k]))];
            double shift = moves ? found.AsSpan(3 * text, 3).ToArray().Average() - mean.Average() : 0;
            for (int k = 0; k < 3; k++)
                Assert.Equal(mean[k] + shift, found[3 * text + k], 2e-4);
        }
    }

    [Fact]
    public void Students_of_other_shapes_or_vocabularies_are_no_members()
    {
        StudentShape shape = MadeFolded.Small;
        FoldedStudent student = MadeFolded.Student(shape);
        FoldedStudent[] others =
        [
            MadeFolded.Student(shape with { EmbeddingWidth = 9 }), MadeFolded.Student(shape with { Activation = Activation.Relu, Filters = new FilterCounts(12, 6, 10) }),
            MadeFolded.Student(shape with { NgramRows = 20 }), student with { Labels = new LabelSet(["a", "b", "c"]) }, student with { MaxLength = 99 },
            student with { Vocabulary = new([.. Enumerable.Range(0, 27).Select(id => $"word{id}")]) },
        ];
        foreach (FoldedStudent other in others)
            Assert.Throws<ArgumentException>(() => MergedStudent.Of([student, other]));
    }

    [Fact]
    public void Members_have_seeds_of_their_own_and_the_first_the_students()
    {
        int[] seeds = [.. new[] { 1, 2, 3, int.MaxValue }.SelectMany(seed => Enumerable.Range(1, 16).Select(member => Retort.Pipeline.Members.SeedOf(seed, member)))];
        Assert.Equal(1, seeds[0]);
        Assert.Equal(2, seeds[16]);
        Assert.All(seeds, seed => Assert.True(seed >= 0));
        Assert.Equal(seeds.Length, seeds.Distinct().Count());
    }

    private static FoldedStudent[] Members(StudentShape shape, int count, TaskKind kind = TaskKind.SingleLabel) =>
        [.. Enumerable.Range(1, count).Select(seed => MadeFolded.Student(shape, seed, kind))];

    private static float[] Logits(FoldedStudent student)
    {
        using Student built = student.ToStudent(CPU);
        return built.Logits(MadeFolded.Texts).Values;
    }
}
