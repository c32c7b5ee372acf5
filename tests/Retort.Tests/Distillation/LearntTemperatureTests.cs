using Retort.Distillation;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation;

public sealed class LearntTemperatureTests
{
    [Fact]
    public void It_begins_as_it_is_told_and_what_it_has_learnt_counts_by_and_by()
    {
        using var scope = NewDisposeScope();
        using var learnt = new LearntTemperature(4, CPU) { Steps = 100 };
        Tensor place = learnt.parameters().Single();
        using (no_grad())
            place.fill_(1);
        double[] values = new double[12], gradients = new double[12];
        for (int step = 0; step < values.Length; step++)
        {
            Tensor temperature = learnt.Next();
            values[step] = temperature.ToDouble();
            temperature.backward();
            gradients[step] = place.grad!.ToDouble();
            place.grad!.zero_();
        }
        // 1 + 6 · sigmoid(rise · 1), and less what the derivative of that is.
        foreach ((int step, double rise) in new[] { (0, 0.0), (5, 0.5), (10, 1), (11, 1) })
        {
            double sigmoid = 1 / (1 + Math.Exp(-rise));
            Assert.Equal(1 + 6 * sigmoid, values[step], 1e-5);
            Assert.Equal(-6 * rise * sigmoid * (1 - sigmoid), gradients[step], 1e-5);
        }
        Assert.Equal(values.Order(), values);
        Assert.Equal(12, learnt.named_buffers().Single().buffer.ToDouble());
    }

    [Fact]
    public void It_moves_to_where_the_student_does_worse_and_hardly_at_first()
    {
        using var scope = NewDisposeScope();
        using var learnt = new LearntTemperature(3, CPU) { Steps = 400 };
        Tensor student = tensor(new float[] { 2, 0, 1 }).view(1, 3), teacher = tensor(new float[] { 0, 3, 1 }).view(1, 3);
        using var optimizer = new AdamW([new ParameterGroup([.. learnt.named_parameters().Select(p => (p.name, p.parameter))], LearntTemperature.LearningRate, 0)]);
        double[] losses = new double[120], moved = new double[120];
        for (int step = 0; step < losses.Length; step++)
        {
            Tensor temperature = learnt.Next();
            moved[step] = Math.Abs(temperature.ToDouble() - 3);
            Tensor loss = Losses.SoftLabelKlRows(student, teacher, temperature).mean();
            losses[step] = loss.ToDouble();
            loss.backward();
            optimizer.ClipGradients(0);
            optimizer.Step(1);
        }
        Assert.True(losses[^1] > losses[0] + 0.01, $"{losses[0]} {losses[^1]}");
        // After a quarter of the rise's forty steps, of 0.01 each, what it has learnt counts by a seventh: (1 − cos(π/4)) / 2.
        Assert.True(moved[10] < 4 * (1 / (1 + Math.Exp(-0.1 / 6.5)) - 0.5), $"{moved[10]}");
        Assert.True(moved[^1] > 0.5, $"{moved[^1]}");
    }
}
