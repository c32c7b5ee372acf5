using Retort.Compression;
using Retort.Data;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Compression;

public sealed class ReductionTests
{
    [Fact]
    public void A_factorization_keeps_the_directions_that_weigh_most()
    {
        using var scope = NewDisposeScope();
        // Rows along the axes: at width 1 the axis stays whose row is used most, and not the longest.
        Tensor rows = tensor(new float[] { 3, 0, 0, 2 }, [2, 2]), outputs = eye(2);
        (Tensor narrow, Tensor weights) = LowRank.Factorize(rows, tensor(new[] { 1.0, 100.0 }), outputs, 1);
        float[] products = narrow.matmul(weights.t()).data<float>().ToArray();
        float[] expected = [0, 0, 0, 2];
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], products[k], 1e-5);
        (narrow, weights) = LowRank.Factorize(rows, ones(2, dtype: float64), outputs, 1);
        Assert.Equal([3, 0, 0, 0], narrow.matmul(weights.t()).data<float>().ToArray().Select(value => Math.Round(value, 4)));
    }

    [Theory]
    [InlineData(TaskKind.SingleLabel, 0, 4)]
    [InlineData(TaskKind.MultiLabel, 0, 6)]
    [InlineData(TaskKind.SingleLabel, 2, 4)]
    public void Ngrams_need_no_more_columns_than_the_next_layer_sees(TaskKind kind, int hidden, int columns)
    {
        using var scope = NewDisposeScope();
        FoldedStudent student = MadeFolded.Student(MadeFolded.Small with { HiddenWidth = hidden }, kind: kind);
        Assert.Equal(columns, NgramReduction.ExactWidth(student));
        FoldedStudent narrow = NgramReduction.Narrow(student, TokenUse.Of(student, MadeFolded.Texts, default), columns);
        Assert.Equal(columns, narrow.Shape.NgramWidth);
        // A softmax is the same where all logits of a text move together.
        bool moves = kind == TaskKind.SingleLabel && hidden == 0;
        float[] before = Logits(student), after = Logits(narrow);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(before[k] - (moves ? Mean(before, k) : 0), after[k] - (moves ? Mean(after, k) : 0), 2e-4);
        float[] lossy = Logits(NgramReduction.Narrow(student, TokenUse.Of(student, MadeFolded.Texts, default), 1));
        Assert.Contains(Enumerable.Range(0, before.Length), k => Math.Abs(before[k] - Mean(before, k) - lossy[k] + Mean(lossy, k)) > 1e-3);
    }

    [Fact]
    public void A_bucket_becomes_the_mean_of_the_ngrams_that_texts_have_there()
    {
        StudentShape shape = MadeFolded.Small with { NgramBuckets = 1 << 20, NgramWidth = 1 };
        FoldedStudent student = MadeFolded.Student(shape);
        // "a b" twice and "b a" once share the only bucket that there will be.
        int[][] texts = [[1, 2], [1, 2], [2, 1], [3], []];
        float[] rows = student[StudentShape.NgramWeight];
        float first = rows[NgramHash.Bigram(1, 2, 1 << 20)], second = rows[NgramHash.Bigram(2, 1, 1 << 20)];
        Assert.Equal((2 * first + second) / 3, Assert.Single(NgramReduction.Rehashed(student, texts, texts, 1)), 1e-6f);
        float[] wider = NgramReduction.Rehashed(student, texts, texts, 1009);
        Assert.Equal(2, wider.Count(value => value != 0));
    }

    [Fact]
    public void A_narrower_table_is_the_nearest_of_its_width_and_the_full_one_is_the_same()
    {
        using var scope = NewDisposeScope();
        FoldedStudent student = MadeFolded.Student(MadeFolded.Small);
        TokenUse use = TokenUse.Of(student, MadeFolded.Texts, default);
        Assert.Equal(8, WidthReduction.WidestUseful(student.Shape));
        Assert.Equal(2, WidthReduction.WidestUseful(MadeFolded.Small with { Windows = [2], Filters = 1, Activation = Activation.Relu }));
        double[] errors = [.. new[] { 8, 6, 4, 2 }.Select(width => Difference(student, WidthReduction.Apply(student, use, width)))];
        Assert.InRange(errors[0], 0, 1e-4);
        Assert.True(errors[0] < errors[1] && errors[1] < errors[2] && errors[2] < errors[3], string.Join(", ", errors));
    }

    [Fact]
    public void Tokens_go_by_what_they_change_and_the_unknown_takes_in_those_that_became_it()
    {
        StudentShape shape = MadeFolded.Small with { NgramBuckets = 0, NgramWidth = 0 };
        FoldedStudent student = MadeFolded.Student(shape);
        // b is as the unknown: however often it stands, it can go.
        float[] rows = [.. student[StudentShape.EmbeddingWeight]];
        rows.AsSpan(0, 8).CopyTo(rows.AsSpan(2 * 8));
        student = student.With(shape, (StudentShape.EmbeddingWeight, rows));
        string[] texts = ["a b b b", "b c", "a c a", "d"];
        TokenUse use = TokenUse.Of(student, texts, default);
        double[] influence = VocabularyTrim.Influence(student, use);
        Assert.Equal(0, influence[2], 1e-4);
        Assert.Equal(0, influence[5]);
        FoldedStudent trimmed = VocabularyTrim.Apply(student, texts, use, 3, default);
        string[] kept = [.. Enumerable.Range(0, 3).Select(id => trimmed.Vocabulary[id])];
        Assert.Equal("[UNK]", kept[0]);
        Assert.Contains("a", kept);
        Assert.DoesNotContain("b", kept);
        // Four of b, and c or d with their one or two; the unknown, which no text had, counts for a tenth of them.
        int[] gone = [.. new[] { 2, 3, 4 }.Where(id => !kept.Contains(student.Vocabulary[id]))];
        double uses = gone.Sum(id => (double)use.Counts[id]);
        for (int c = 0; c < 8; c++)
            Assert.Equal((gone.Sum(id => use.Counts[id] * (double)rows[id * 8 + c]) + uses / 10 * rows[c]) / (uses * 1.1), trimmed[StudentShape.EmbeddingWeight][c], 1e-5);
    }

    [Fact]
    public void Texts_of_tokens_that_stay_are_answered_as_before_ngrams_included()
    {
        using var scope = NewDisposeScope();
        // So many buckets that no two n-grams of the texts share one.
        FoldedStudent student = MadeFolded.Student(MadeFolded.Small with { NgramBuckets = 1 << 20 });
        string[] texts = ["a c e", "c a", "e e a c", "b d"];
        FoldedStudent trimmed = VocabularyTrim.Apply(student, texts, TokenUse.Of(student, texts, default), 6, default);
        Assert.Equal(6, trimmed.Shape.VocabularySize);
        using Student before = student.ToStudent(CPU), after = trimmed.ToStudent(CPU);
        float[] wanted = before.Logits(texts).Values, found = after.Logits(texts).Values;
        for (int k = 0; k < wanted.Length; k++)
            Assert.Equal(wanted[k], found[k], 1e-4);
    }

    private static double Difference(FoldedStudent a, FoldedStudent b) => Logits(a).Zip(Logits(b), (x, y) => Math.Abs(x - y)).Max();

    private static float[] Logits(FoldedStudent student)
    {
        using Student computing = student.ToStudent(CPU);
        return computing.Logits(MadeFolded.Texts).Values;
    }

    private static double Mean(float[] logits, int k) => logits.Skip(k / 3 * 3).Take(3).Average();
}
