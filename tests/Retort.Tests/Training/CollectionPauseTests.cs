using System.Runtime.CompilerServices;
using Retort.Training;

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
    public void Two_trainings_at_once_pause_nothing_and_the_end_of_all_is_the_end_of_it()
    {
        using (CollectionPause one = CollectionPause.Begin())
        {
            one.BetweenSteps();
            using (CollectionPause other = CollectionPause.Begin())
            {
                other.BetweenSteps();
                Assert.False(CollectionPause.IsOn);
                one.BetweenSteps();
                Assert.False(CollectionPause.IsOn);
            }
            one.BetweenSteps();
            Assert.True(CollectionPause.IsOn);
        }
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
