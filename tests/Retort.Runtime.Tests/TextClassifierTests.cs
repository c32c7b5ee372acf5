using Retort.Runtime.Kernels;
using Retort.Runtime.Model;
using Retort.Runtime.Tests.Kernels;

namespace Retort.Runtime.Tests;

public sealed class TextClassifierTests : IDisposable
{
    private static readonly int[] Lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 20, 127, 128, 129, 257, 300];

    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;

    public static TheoryData<string> Names => Shapes.Names;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Full_precision_computes_the_definition(string name)
    {
        var student = new RandomStudent(Shapes.All[name]);
        using var classifier = TextClassifier.Load(student.Write(_folder), new TextClassifierOptions { Precision = TablePrecision.Full });
        foreach (int length in Lengths)
        {
            (int[] ids, string text) = Shapes.Text(student.Shape, length, length);
            double[] expected = ReferenceStudent.Logits(student, ids);
            AssertNear(expected, Logits(classifier, text), 1e-4 * Math.Max(1, expected.Max(Math.Abs)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Eight_bits_stay_near_the_definition(string name)
    {
        var student = new RandomStudent(Shapes.All[name]);
        using var classifier = TextClassifier.Load(student.Write(_folder));
        foreach (int length in Lengths)
        {
            (int[] ids, string text) = Shapes.Text(student.Shape, length, length);
            double[] expected = ReferenceStudent.Logits(student, ids);
            double spread = Math.Max(1, expected.Max(Math.Abs));
            AssertNear(expected, Logits(classifier, text), 0.05 * spread);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_kernel_gives_the_same_bits_for_every_length(string name)
    {
        var student = new RandomStudent(Shapes.All[name]);
        student.Write(_folder);
        TextClassifier[] classifiers = [.. KernelChoice.All.Select(kernel => TextClassifier.Load(_folder, new TextClassifierOptions(), kernel))];
        for (int length = 0; length <= 257; length += name == "window 258" ? 16 : 1)
        {
            (_, string text) = Shapes.Text(student.Shape, length, length);
            float[] expected = Logits(classifiers[^1], text);
            foreach (TextClassifier classifier in classifiers)
                Assert.Equal(expected, Logits(classifier, text));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_budget_changes_no_answer(string name)
    {
        var student = new RandomStudent(Shapes.All[name]);
        student.Write(_folder);
        foreach (TablePrecision precision in Enum.GetValues<TablePrecision>())
        {
            using var all = TextClassifier.Load(_folder, new TextClassifierOptions { Precision = precision, FoldAtLoad = true });
            foreach (long budget in (long[])[0, 2000, 40_000])
            {
                using var few = TextClassifier.Load(_folder,
                    new TextClassifierOptions { Precision = precision, MaxTableBytes = budget, FoldAtLoad = budget == 2000 });
                foreach (int length in (int[])[0, 1, 5, 30, 128, 131, 400])
                {
                    (_, string text) = Shapes.Text(student.Shape, length, length);
                    Assert.Equal(Logits(all, text), Logits(few, text));
                    Assert.Equal(Logits(all, text), Logits(few, text));
                    Assert.Equal(all.Explain(text).Parts, few.Explain(text).Parts);
                }
            }
        }
    }

    [Theory]
    [InlineData(TensorType.F16, 2e-3)]
    [InlineData(TensorType.BF16, 2e-2)]
    [InlineData(TensorType.I8, 2e-2)]
    public void Narrow_tensors_are_read(TensorType type, double tolerance)
    {
        var student = new RandomStudent(Shapes.Small with { HiddenWidth = 7 });
        using var classifier = TextClassifier.Load(student.Write(_folder, type), new TextClassifierOptions { Precision = TablePrecision.Full });
        (int[] ids, string text) = Shapes.Text(student.Shape, 30, 3);
        AssertNear(ReferenceStudent.Logits(student, ids), Logits(classifier, text), 5 * tolerance);
    }

    [Theory]
    [InlineData("gated, mean")]
    [InlineData("relu, mean, n-grams")]
    public void A_hundred_thousand_characters_are_classified_as_defined_without_more_memory(string name)
    {
        var student = new RandomStudent(Shapes.All[name] with { VocabularySize = 27 });
        student.Write(_folder);
        (int[] ids, string text) = Shapes.Text(student.Shape, 50_000, 5);
        Assert.InRange(text.Length, 99_000, 101_000);
        double[] expected = ReferenceStudent.Logits(student, ids);
        using var full = TextClassifier.Load(_folder, new TextClassifierOptions { Precision = TablePrecision.Full });
        AssertNear(expected, Logits(full, text), 1e-3 * Math.Max(1, expected.Max(Math.Abs)));
        using var classifier = TextClassifier.Load(_folder);
        AssertNear(expected, Logits(classifier, text), 0.05 * Math.Max(1, expected.Max(Math.Abs)));
        float[] logits = new float[3];
        Assert.Equal(0, Allocations.Least(() => classifier.Logits(text, logits)));
    }

    [Fact]
    public void A_long_text_is_streamed_and_read_to_its_limit()
    {
        var student = new RandomStudent(Shapes.Small) { MaxLength = 50 };
        using var classifier = TextClassifier.Load(student.Write(_folder));
        (int[] ids, string text) = Shapes.Text(student.Shape, 50, 1);
        Assert.Equal(Logits(classifier, text), Logits(classifier, text + string.Concat(Enumerable.Repeat(" b c d", 30_000))));
        Assert.NotEqual(Logits(classifier, text), Logits(classifier, "b " + text));
        Assert.Equal(50, ids.Length);
    }

    [Fact]
    public void Utf8_and_utf16_are_one()
    {
        var student = new RandomStudent(Shapes.Small) { Temperature = 1.5 };
        using var classifier = TextClassifier.Load(student.Write(_folder));
        foreach (string text in (string[])["a bb ccc", "", "é ü ß 中文 a", "\ud800 a", "a\u0301 b"])
        {
            byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(text);
            Assert.Equal(classifier.Classify(text), classifier.ClassifyUtf8(utf8));
            float[] one = new float[3], other = new float[3];
            classifier.Classify(text, one);
            classifier.ClassifyUtf8(utf8, other);
            Assert.Equal(one, other);
            Assert.Equal(1, one.Sum(), 1e-6);
        }
    }

    [Fact]
    public void Probabilities_are_those_of_the_logits_at_the_temperature()
    {
        var student = new RandomStudent(Shapes.Small) { Temperature = 1.5 };
        using var classifier = TextClassifier.Load(student.Write(_folder));
        float[] logits = Logits(classifier, "a b c"), probabilities = new float[3];
        classifier.Classify("a b c", probabilities);
        double[] powers = [.. logits.Select(logit => Math.Exp(logit / 1.5))];
        AssertNear([.. powers.Select(power => power / powers.Sum())], probabilities, 1e-6);
        Classification answer = classifier.Classify("a b c");
        Assert.Equal(Array.IndexOf(logits, logits.Max()), answer.Index);
        Assert.Equal($"class {answer.Index}", answer.Label);
        Assert.Equal(probabilities[answer.Index], answer.Probability);
    }

    [Fact]
    public void Classes_that_do_not_exclude_each_other_have_sigmoids()
    {
        var student = new RandomStudent(Shapes.Small) { Temperature = 2, IsMultiLabel = true };
        using var classifier = TextClassifier.Load(student.Write(_folder));
        Assert.True(classifier.IsMultiLabel);
        float[] logits = Logits(classifier, "a b c"), probabilities = new float[3];
        classifier.Classify("a b c", probabilities);
        AssertNear([.. logits.Select(logit => 1 / (1 + Math.Exp(-logit / 2)))], probabilities, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_explanation_adds_up_to_the_logit(string name)
    {
        var student = new RandomStudent(Shapes.All[name]);
        student.Write(_folder);
        foreach (TablePrecision precision in Enum.GetValues<TablePrecision>())
        {
            using var classifier = TextClassifier.Load(_folder, new TextClassifierOptions { Precision = precision });
            foreach (int length in (int[])[0, 1, 2, 6, 150])
            {
                (_, string text) = Shapes.Text(student.Shape, length, length);
                Explanation explanation = classifier.Explain(text, index: 0);
                Assert.Equal(Logits(classifier, text)[0], explanation.Logit);
                double sum = explanation.Bias + explanation.Parts.Sum(part => part.Contribution);
                Assert.Equal(explanation.Logit, sum, 1e-4 * Math.Max(1, Math.Abs(sum)));
                Assert.All(explanation.Parts, part => Assert.InRange(part.Start, 0, part.End - 1));
                Assert.All(explanation.Parts, part => Assert.InRange(part.End, part.Start + 1, text.Length));
            }
        }
    }

    [Theory]
    [InlineData(2, "bbb a a a", 0, 5)]
    [InlineData(3, "bbb a a a", 0, 5)]      // nothing stands before
    [InlineData(2, "aaa bbb a a a", 4, 9)]
    [InlineData(3, "aaa bbb a a a", 0, 9)]
    [InlineData(3, "a a bbb", 2, 7)]        // nothing stands behind
    public void An_explanation_names_the_characters_of_the_window_that_won(int window, string text, int start, int end)
    {
        // One filter that answers to bbb where it stands itself.
        StudentShape shape = Shapes.Small with
        {
            VocabularySize = 100,
            Windows = [window],
            Filters = 1,
            Activation = Activation.Relu,
            NgramBuckets = 0,
            NgramWidth = 0,
            EmbeddingWidth = 1,
        };
        var student = new RandomStudent(shape);
        Array.Clear(student[StudentShape.EmbeddingWeight]);
        int hot = 1 + ("bbb".Length - 1) * 26 + 1;
        student[StudentShape.EmbeddingWeight][hot] = 1;
        Array.Clear(student[StudentShape.ConvolutionWeight(window)]);
        student[StudentShape.ConvolutionWeight(window)][(window - 1) / 2] = 1;
        Array.Clear(student[StudentShape.ConvolutionBias(window)]);
        student[StudentShape.ConvolutionScale(window)][0] = 1 / 127f;
        using var classifier = TextClassifier.Load(student.Write(_folder));
        Explanation explanation = classifier.Explain(text, 0);
        ExplanationPart part = Assert.Single(explanation.Parts);
        Assert.Equal((start, end), (part.Start, part.End));
        Assert.Equal(student["classifier.weight"][0], part.Contribution, 1e-6);
        Assert.Equal(student["classifier.bias"][0], explanation.Bias, 1e-6);
    }

    [Fact]
    public void Weights_that_add_up_to_no_number_are_refused()
    {
        var student = new RandomStudent(Shapes.Small);
        student["classifier.weight"].AsSpan().Fill(3e38f);
        using var classifier = TextClassifier.Load(student.Write(_folder));
        Assert.Contains("not finite", Assert.Throws<InvalidDataException>(() => classifier.Classify("a b c d")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_one_thread_of_a_batch_throws_ends_it_and_is_thrown_as_it_is()
    {
        // So many that they are never all done before the failure is seen, however slow exceptions are.
        const int Items = 1_000_000_000;
        int done = 0;
        var error = Assert.Throws<InvalidDataException>(() => Batch.Run(Items, 1, 4, () => k =>
        {
            Interlocked.Increment(ref done);
            if (k == 10)
                throw new InvalidDataException("at ten");
        }));
        Assert.Equal("at ten", error.Message);
        Assert.InRange(done, 1, Items / 2);
    }

    [Fact]
    public void Wrong_calls_are_refused()
    {
        var student = new RandomStudent(Shapes.Small);
        var classifier = TextClassifier.Load(student.Write(_folder));
        Assert.Throws<ArgumentNullException>(() => classifier.Classify((string)null!));
        Assert.Throws<ArgumentNullException>(() => classifier.ClassifyAll(["a", null!]));
        Assert.Throws<ArgumentNullException>(() => classifier.Explain(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => classifier.Explain("a", 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => classifier.ClassifyAll(["a"], -1));
        Assert.Throws<ArgumentException>(() => classifier.ClassifyInto(["a"], new Classification[2]));
        Assert.Contains("each of the 3 classes", Assert.Throws<ArgumentException>(() => classifier.Classify("a", new float[2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TextClassifier.Load(_folder, new TextClassifierOptions { MaxTableBytes = -1 }));
        Assert.Throws<ArgumentException>(() => TextClassifier.Load(_folder, new TextClassifierOptions { Precision = (TablePrecision)9 }));
        classifier.Dispose();
        Assert.Throws<ObjectDisposedException>(() => classifier.Classify("a"));
        Assert.Throws<ObjectDisposedException>(() => classifier.ClassifyAll(["a"]));
        Assert.Throws<ObjectDisposedException>(() => classifier.Explain("a"));
    }

    [Fact]
    public void Nothing_is_allocated_once_buffers_are_warm()
    {
        var student = new RandomStudent(Shapes.Small);
        foreach (long budget in (long[])[long.MaxValue, 3000])
        {
            using var classifier = TextClassifier.Load(student.Write(_folder), new TextClassifierOptions { MaxTableBytes = budget });
            string[] texts = [.. Enumerable.Range(0, 200).Select(length => Shapes.Text(student.Shape, length, length).Text)];
            byte[][] utf8 = [.. texts.Select(System.Text.Encoding.UTF8.GetBytes)];
            float[] scores = new float[3];
            Pass();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Pass();
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

            void Pass()
            {
                for (int k = 0; k < texts.Length; k++)
                {
                    classifier.Classify(texts[k]);
                    classifier.Classify(texts[k], scores);
                    classifier.ClassifyUtf8(utf8[k]);
                }
            }
        }
    }

    [Fact]
    public async Task Threads_get_the_answers_of_one()
    {
        var student = new RandomStudent(Shapes.Small);
        student.Write(_folder);
        string[] texts = [.. Enumerable.Range(0, 2000).Select(k => Shapes.Text(student.Shape, k % 150, k).Text)];
        using var one = TextClassifier.Load(_folder);
        Classification[] expected = one.ClassifyAll(texts);
        using var several = TextClassifier.Load(_folder, new TextClassifierOptions { MaxTableBytes = 5000 });
        Assert.Equal(expected, several.ClassifyAll(texts, threads: 8));
        using var fresh = TextClassifier.Load(_folder);
        Classification[][] answers = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(_ => Task.Run(() => texts.Select(text => fresh.Classify(text)).ToArray(), TestContext.Current.CancellationToken)));
        Assert.All(answers, each => Assert.Equal(expected, each));
    }

    private static float[] Logits(TextClassifier classifier, string text)
    {
        float[] logits = new float[classifier.Labels.Count];
        classifier.Logits(text, logits);
        return logits;
    }

    private static void AssertNear(double[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], tolerance);
    }
}
