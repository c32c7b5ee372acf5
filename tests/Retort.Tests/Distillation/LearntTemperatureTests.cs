using Retort.Distillation;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation;

public sealed class LearntTemperatureTests
{
    [Fact]
    public void It_begins_as_it_is_told_and_its_gradient_is_turned_round_by_and_by()
    {
        using var scope = NewDisposeScope();
        using var learnt = new LearntTemperature(4, CPU) { Steps = 100 };
        Tensor place = learnt.parameters().Single();
        double[] gradients = new double[12];
        for (int step = 0; step < gradients.Length; step++)
        {
            Tensor temperature = learnt.Next();
            Assert.Equal(4, temperature.ToDouble(), 1e-6);
            temperature.backward();
            gradients[step] = place.grad!.ToDouble();
            place.grad!.zero_();
        }
        // d/dx of 1 + 6 · sigmoid(x) at 0 is 1.5; half of it after five of the ten steps of the rise.
        Assert.Equal(0, gradients[0], 1e-6);
        Assert.Equal(-0.75, gradients[5], 1e-5);
        Assert.Equal(-1.5, gradients[11], 1e-5);
        Assert.Equal(gradients.OrderDescending(), gradients);
        Assert.Equal(12, learnt.named_buffers().Single().buffer.ToDouble());
    }

    [Fact]
    public void It_moves_to_where_the_student_does_worse()
    {
        using var scope = NewDisposeScope();
        using var learnt = new LearntTemperature(3, CPU) { Steps = 1 };
        Tensor student = tensor(new float[] { 2, 0, 1 }).view(1, 3), teacher = tensor(new float[] { 0, 3, 1 }).view(1, 3);
        learnt.Next();
        var optimizer = optim.SGD(learnt.parameters(), 0.5);
        double before = Loss().ToDouble();
        for (int step = 0; step < 20; step++)
        {
            optimizer.zero_grad();
            Loss().backward();
            optimizer.step();
        }
        Assert.True(Loss().ToDouble() > before, $"{Loss().ToDouble()} {before}");

        Tensor Loss() => Losses.SoftLabelKlRows(student, teacher, learnt.Next()).mean();
    }
}
