using Retort.Baselines;
using Retort.Data;
using Retort.Runs;
using Retort.Tests.Distillation;

namespace Retort.Tests.Baselines;

public sealed class LinearCrossValidationTests
{
    [Fact]
    public void Labels_that_were_flipped_are_the_doubtful_ones()
    {
        int[] flipped = [3, 170, 401, 402, 477];
        Corpus corpus = Flipped(flipped);
        CrossValidated found = LinearCrossValidation.Run(corpus, 1e-3);
        // One may hide behind a text that happens to be as probable as its class; no right label is doubted.
        Assert.InRange(found.Doubtful.Count, 4, 5);
        Assert.All(found.Doubtful, doubt => Assert.Contains(doubt.Row, flipped));
        Assert.All(found.Doubtful, doubt => Assert.Equal((corpus.Samples[doubt.Row].Label, 1 - corpus.Samples[doubt.Row].Label), (doubt.Label, doubt.Likely)));
        Assert.Equal(0.99, found.Accuracy, 6);
        Assert.Equal(found.Doubtful.Select(doubt => doubt.Probability).OrderDescending(), found.Doubtful.Select(doubt => doubt.Probability));
    }

    [Fact]
    public void Right_labels_are_not_doubted() => Assert.Empty(LinearCrossValidation.Run(Flipped([]), 1e-3).Doubtful);

    [Fact]
    public void Copies_stand_in_one_fold_so_that_a_text_is_not_judged_by_its_own_label()
    {
        // Each text stands twice and its label is drawn: nothing can be learnt but the copy.
        Sample[] samples = [.. Enumerable.Range(0, 200).Select(k => new Sample($"{(k / 2 * 7919) % 100:00}x{(k / 2 * 104729) % 97}", k / 2 * 31 % 7 % 2))];
        CrossValidated found = LinearCrossValidation.Run(new Corpus("copies", TaskKind.SingleLabel, ToyCorpus.Labels, samples), 1e-4);
        Assert.InRange(found.Accuracy, 0.2, 0.8);
    }

    // Ten words of sixty, and one of four that decides.
    private static Corpus Flipped(int[] rows)
    {
        string[] bad = ["awful", "dull"], good = ["fine", "superb"];
        return new Corpus("noisy", TaskKind.SingleLabel, ToyCorpus.Labels, [.. Enumerable.Range(0, 500).Select(k =>
        {
            var random = new SeededRandom(k);
            string words = string.Join(' ', Enumerable.Range(0, 10).Select(_ => $"w{random.Below(60)}"));
            int label = k % 2;
            return new Sample($"{words} {(label == 1 ? good : bad)[random.Below(2)]}", rows.Contains(k) ? 1 - label : label);
        })]);
    }
}
