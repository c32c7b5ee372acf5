using System.Text.Json;
using Retort.Distillation;
using Retort.Runs;
using Retort.Signals;
using Retort.Students;
using Retort.Teachers;
using Retort.Tests.Teachers;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Training;

public sealed class MixedPrecisionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inputs_of_a_product_are_rounded_to_eight_bits_and_what_is_added_up_is_not()
    {
        using var scope = NewDisposeScope();
        // The next number of eight bits after 1 is 1 + 1/128: 1 + 1/512 becomes 1. Of 300 ones added one by one in eight bits, 256 would be left.
        Assert.Equal(1, Product([1 + 1f / 512], [1]));
        Assert.Equal(300, Product([.. Enumerable.Repeat(1f, 300)], [.. Enumerable.Repeat(1f, 300)]));

        static float Product(float[] a, float[] b) => MixedPrecision.Linear(tensor(a).unsqueeze(0), tensor(b).unsqueeze(0), null, Precision.Bf16).item<float>();
    }

    [Fact]
    public void The_product_and_its_gradients_are_those_of_single_precision_but_for_rounding()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        Tensor input = randn(5, 7, 96), weight = randn(33, 96), bias = randn(33), pull = randn(5, 7, 33);
        Tensor[] single = Gradients(Precision.F32), half = Gradients(Precision.Bf16);
        using (Tensor plain = nn.functional.linear(input, weight, bias))
            Assert.Equal(plain.data<float>().ToArray(), single[0].data<float>().ToArray());
        Assert.All(single.Zip(half), pair =>
        {
            Assert.Equal((ScalarType.Float32, ScalarType.Float32), (pair.First.dtype, pair.Second.dtype));
            double error = (pair.First - pair.Second).norm().ToDouble() / pair.First.norm().ToDouble();
            Assert.InRange(error, 1e-5, Tolerances.Bfloat16);
        });

        Tensor[] Gradients(Precision precision)
        {
            Tensor x = input.clone().requires_grad_(), w = weight.clone().requires_grad_(), b = bias.clone().requires_grad_();
            Tensor product = MixedPrecision.Linear(x, w, b, precision);
            (product * pull).sum().backward();
            return [product.detach(), x.grad!, w.grad!, b.grad!];
        }
    }

    [Fact]
    public void A_student_learns_in_it_and_answers_in_single_precision()
    {
        using var scope = NewDisposeScope();
        var options = new StudentOptions { Windows = [2, 3], Filters = 6, EmbeddingWidth = 8, NgramBuckets = 0, Dropout = 0, TokenDropout = 0 };
        using var student = new TextCnn(options.ToShape(20, 3, 0), 0, 1);
        TextBatch batch = TextBatch.Create([[1, 2, 3, 4], [5, 6, 7]], null);
        float[] answers = Answers(training: false), learning = Answers(training: true);
        student.Precision = Precision.Bf16;
        Assert.Equal(answers, Answers(training: false));
        Assert.All(learning.Zip(Answers(training: true)), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 1e-9, Tolerances.Bfloat16));

        float[] Answers(bool training)
        {
            student.train(training);
            return student.call(batch).data<float>().ToArray();
        }
    }

    [Fact]
    public void Signals_of_another_precision_are_of_another_source()
    {
        string folder = TinyBert.Write(_folder["teacher"], classes: 3);
        using EncoderLabeller single = EncoderLabeller.Load(folder, new LabelOptions(), CPU), half = EncoderLabeller.Load(folder, new LabelOptions { Precision = Precision.Bf16 }, CPU);
        Assert.Equal(("f32", "bf16"), (single.Source.Precision, half.Source.Precision));
        Assert.NotEqual(single.Source.Fingerprint, half.Source.Fingerprint);
        string[] texts = ["a good film", "no"];
        float[] expected = single.Label(texts, null, default).Logits, actual = half.Label(texts, null, default).Logits;
        Assert.NotEqual(expected, actual);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerances.Bfloat16 * expected.Max(Math.Abs)));
    }

    [Fact]
    public void What_was_made_before_there_was_a_choice_is_still_up_to_date() =>
        Assert.DoesNotContain("precision", JsonSerializer.Serialize(new object[] { new TeachOptions(), new LabelOptions(), new DistillationOptions() }, JsonForm.Compact), StringComparison.Ordinal);

    [Fact]
    public void Where_it_is_no_gain_that_is_said()
    {
        Assert.Null(MixedPrecision.NoteFor(CPU, Precision.F32, Precision.F32));
        string? note = MixedPrecision.NoteFor(CPU, Precision.F32, Precision.Bf16);
        Assert.Equal(MixedPrecision.IsFastHere, note is null);
    }
}
