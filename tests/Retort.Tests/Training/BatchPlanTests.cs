using Retort.Training;

namespace Retort.Tests.Training;

public sealed class BatchPlanTests
{
    private static readonly int[] Lengths = Enumerable.Range(0, 1003).Select(k => 1 + k * 37 % 60).ToArray();

    [Fact]
    public void Every_epoch_holds_every_text_once()
    {
        var plan = new BatchPlan(Lengths, batchSize: 10, seed: 3);
        Assert.Equal(101, plan.StepsPerEpoch);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            IEnumerable<int> seen = Enumerable.Range(epoch * 101, 101).SelectMany(step => plan.Batch(step));
            Assert.Equal(Enumerable.Range(0, 1003), seen.Order());
        }
    }

    [Fact]
    public void A_step_has_the_same_batch_whichever_step_was_asked_for_before()
    {
        int[] onward = new BatchPlan(Lengths, 10, seed: 3).Batch(150);
        var other = new BatchPlan(Lengths, 10, seed: 3);
        other.Batch(7);
        Assert.Equal(onward, other.Batch(150));
    }

    [Fact]
    public void Epochs_and_seeds_differ()
    {
        int[] first = new BatchPlan(Lengths, 10, seed: 3).Batch(0);
        Assert.NotEqual(first, new BatchPlan(Lengths, 10, seed: 3).Batch(101));
        Assert.NotEqual(first, new BatchPlan(Lengths, 10, seed: 4).Batch(0));
    }

    [Fact]
    public void Texts_of_like_length_share_a_batch()
    {
        var plan = new BatchPlan(Lengths, 10, seed: 3);
        long padding = Enumerable.Range(0, 101).Select(step => plan.Batch(step))
            .Sum(batch => batch.Sum(k => batch.Max(other => Lengths[other]) - Lengths[k]));
        Assert.True(padding < 0.05 * Lengths.Sum(), $"{padding} of {Lengths.Sum()} tokens are padding");
    }
}
