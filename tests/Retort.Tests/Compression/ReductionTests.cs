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
        FoldedStudent student = MadeFolded.Student(MadeFolded.Small with { NgramBuckets = 1 << 20, NgramWidth = 1 });
        float[] rows = student[StudentShape.NgramWeight];
        float first = rows[NgramHash.Bigram(1, 2, 1 << 20)], second = rows[NgramHash.Bigram(2, 1, 1 << 20)];
        // "a b" twice and "b a" once become the same.
        TokenUse use = TokenUse.Of(student, ["c d", "c d", "c d", "e", ""], default);
        FoldedStudent changed = NgramReduction.Rehash(student, student, [[1, 2], [1, 2], [2, 1], [3], []], use);
        float[] table = changed[StudentShape.NgramWeight];
        Assert.Equal((2 * first + second) / 3, table[NgramHash.Bigram(3, 4, 1 << 20)], 1e-6f);
        Assert.Single(table, value => value != 0);
        // As many rows as there were: the only one that a text uses, and what comes first.
        FoldedStudent fewer = MadeFolded.Student(MadeFolded.Small with { NgramBuckets = 1 << 20, NgramWidth = 1, NgramRows = 1 << 19 });
        Assert.Equal(1 << 19, NgramReduction.Rehash(fewer, fewer, [[1, 2], [1, 2], [2, 1], [3], []], use).Ngrams!.Rows);
    }

    [Fact]
    public void Rows_of_ngrams_go_by_how_often_and_how_far_they_move_the_answers()
    {
        using var scope = NewDisposeScope();
        StudentShape shape = MadeFolded.Small with { NgramBuckets = 1 << 16, Pooling = Pooling.Max };
        FoldedStudent student = MadeFolded.Student(shape);
        float[] rows = [.. student[StudentShape.NgramWeight]];
        int ab = student.Ngrams!.Bigram(1, 2), cd = student.Ngrams.Bigram(3, 4), ef = student.Ngrams.Bigram(5, 6);
        // The least often, by far the longest; the one that moves nothing is the most frequent.
        rows.AsSpan(cd * 7, 7).Fill(9);
        rows.AsSpan(ef * 7, 7).Clear();
        student = student.With(shape, (StudentShape.NgramWeight, rows));
        string[] texts = ["a b", "a b", "a b", "c d", "e f", "e f", "e f", "e f"];
        TokenUse use = TokenUse.Of(student, texts, default);
        FoldedStudent pruned = NgramReduction.Prune(student, use, 2);
        Assert.Equal((2, (int?)2), (pruned.Ngrams!.Rows, pruned.Shape.NgramRows));
        Assert.NotEqual(NgramIndex.None, pruned.Ngrams.Bigram(1, 2));
        Assert.NotEqual(NgramIndex.None, pruned.Ngrams.Bigram(3, 4));
        Assert.Equal(NgramIndex.None, pruned.Ngrams.Bigram(5, 6));
        Assert.Equal(rows.AsSpan(ab * 7, 7), pruned[StudentShape.NgramWeight].AsSpan(pruned.Ngrams.Bigram(1, 2) * 7, 7));
        // What is gone counts as none: these texts have nothing else.
        using Student before = student.ToStudent(CPU), after = pruned.ToStudent(CPU);
        Assert.Equal(before.Logits(texts).Values, after.Logits(texts).Values);
        Assert.NotEqual(before.Logits(["g h"]).Values, after.Logits(["g h"]).Values);
        // One alone: the one whose square times its uses is larger.
        Assert.NotEqual(NgramIndex.None, NgramReduction.Prune(pruned, use, 1).Ngrams!.Bigram(3, 4));
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
