using System.Runtime.CompilerServices;
using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = Retort.Training.AdamW;

namespace Retort.Tests.Training;

/// <summary>These look at the whole process: no training may run beside them.</summary>
[Collection(Name)]
public sealed class CollectionPauseTests
{
    private const string Name = "garbage of the whole process";

    [Fact]
    public void Garbage_is_collected_between_steps_alone()
    {
        using CollectionPause pause = CollectionPause.Begin();
        pause.BetweenSteps();
        Assert.True(CollectionPause.IsOn);
        int before = GC.CollectionCount(0);
        WeakReference gone = Garbage();
        for (int step = 0; step < 3; step++)
        {
            Allocate(10 << 20);
            pause.BetweenSteps();
        }
        Assert.Equal(before, GC.CollectionCount(0));
        Allocate(40 << 20);
        Assert.Equal(before, GC.CollectionCount(0));
        pause.BetweenSteps();
        Assert.True(GC.CollectionCount(0) > before);
        Assert.False(gone.IsAlive);
        Assert.True(CollectionPause.IsOn);
    }

    [Fact]
    public void Little_garbage_is_collected_too_after_a_while()
    {
        var clock = new ManualClock();
        using CollectionPause pause = CollectionPause.Begin(clock);
        pause.BetweenSteps();
        int before = GC.CollectionCount(2);
        WeakReference gone = Garbage();
        clock.Advance(4);
        pause.BetweenSteps();
        Assert.Equal(before, GC.CollectionCount(2));
        clock.Advance(2);
        pause.BetweenSteps();
        int after = GC.CollectionCount(2);
        Assert.True(after > before);
        Assert.False(gone.IsAlive);
        pause.BetweenSteps();
        Assert.Equal(after, GC.CollectionCount(2));
    }

    [Fact]
    public void A_step_of_the_optimizer_leaves_nothing_that_keeps_its_memory_from_the_next()
    {
        const int Layers = 4, Width = 512, WarmUp = 5, Steps = 30;
        using var scope = NewDisposeScope();
        // An encoder's layer: four matrices of attention, two that are four times as large, each with a bias.
        Parameter[] weights = [.. Enumerable.Range(0, Layers).SelectMany(_ => new[] { 1, 1, 1, 1, 4, 4 })
            .SelectMany(times => new[] { new Parameter(randn(times * Width, Width)), new Parameter(zeros(times * Width)) })];
        using var optimizer = new AdamW([new ParameterGroup([.. weights.Select((weight, k) => ($"w{k}", weight))], LearningRate: 0.1, WeightDecay: 0.1)]);
        using CollectionPause pause = CollectionPause.Begin();
        pause.BetweenSteps();
        int before = GC.CollectionCount(0);
        long start = 0;
        for (int step = 0; step < WarmUp + Steps; step++)
        {
            if (step == WarmUp)
                start = Environment.WorkingSet;
            using var inner = NewDisposeScope();
            foreach (Parameter weight in weights)
                (weight * weight).sum().backward();
            optimizer.ClipGradients(1);
            optimizer.Step(1);
        }
        long grown = Environment.WorkingSet - start;
        Assert.Equal(before, GC.CollectionCount(0));
        // 2 times what the weights take; with numbers left to the collector it was 7 to 8 times.
        Assert.True(grown < 4 * sizeof(float) * weights.Sum(weight => weight.numel()), $"{grown:N0} bytes in {Steps} steps");
    }

    [Fact]
    public void A_step_that_allocates_too_much_is_followed_by_a_new_pause()
    {
        using CollectionPause pause = CollectionPause.Begin();
        pause.BetweenSteps();
        Allocate(400 << 20);
        Assert.False(CollectionPause.IsOn);
        pause.BetweenSteps();
        Assert.True(CollectionPause.IsOn);
    }

    [Fact]
    public void Two_threads_at_once_pause_nothing_and_the_end_of_all_is_the_end_of_it()
    {
        using (CollectionPause one = CollectionPause.Begin())
        {
            one.BetweenSteps();
            using var began = new ManualResetEventSlim();
            using var end = new ManualResetEventSlim();
            var other = new Thread(() =>
            {
                using CollectionPause own = CollectionPause.Begin();
                own.BetweenSteps();
                began.Set();
                end.Wait();
            });
            other.Start();
            began.Wait(TestContext.Current.CancellationToken);
            Assert.False(CollectionPause.IsOn);
            one.BetweenSteps();
            Assert.False(CollectionPause.IsOn);
            end.Set();
            other.Join();
            one.BetweenSteps();
            Assert.True(CollectionPause.IsOn);
        }
        Assert.False(CollectionPause.IsOn);
    }

    [Fact]
    public void What_begins_within_another_goes_on_with_it()
    {
        using (CollectionPause around = CollectionPause.Begin())
        {
            around.BetweenSteps();
            int before = GC.CollectionCount(2);
            using (CollectionPause within = CollectionPause.Begin())
            {
                within.BetweenSteps();
                Assert.Equal(before, GC.CollectionCount(2));
                Allocate(60 << 20);
                within.BetweenSteps();
                Assert.True(GC.CollectionCount(2) > before);
            }
            Assert.True(CollectionPause.IsOn);
        }
        Assert.False(CollectionPause.IsOn);
    }

    [Fact]
    public void A_teacher_that_labels_is_not_disturbed_either()
    {
        using var folder = new TemporaryFolder();
        using Retort.Teachers.Teacher teacher = Retort.Teachers.Teacher.Load(Teachers.TinyBert.Write(folder["teacher"], classes: 2), TorchSharp.torch.CPU);
        Retort.Teachers.EncodedText[] texts = teacher.Encoder.EncodeAll([.. Enumerable.Repeat("a good film", 64)]);
        var paused = new List<bool>();
        Retort.Teachers.TeacherOutputs.Of(teacher, texts, Retort.Teachers.PooledState.None, 32, (_, _) => paused.Add(CollectionPause.IsOn), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Repeat(true, paused.Count), paused);
        Assert.True(paused.Count > 4);
        Assert.False(CollectionPause.IsOn);
    }

    // In a method of its own, so that nothing of it is left on the stack.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Garbage() => new(new byte[100]);

    private static void Allocate(int bytes)
    {
        for (int done = 0; done < bytes; done += 1 << 12)
            GC.KeepAlive(new byte[1 << 12]);
    }

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Alone;
}
