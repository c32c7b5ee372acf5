using Retort.Data;

namespace Retort.Tests.Data;

public class SplitterTests
{
    [Fact]
    public void Every_class_gives_its_share_and_no_row_is_lost()
    {
        LabelledRows rows = Rows(Enumerable.Range(0, 1000).Select(i => ($"text {i}", i % 10 == 0 ? 0 : i % 3 == 0 ? 1 : 2)));

        Splitter.Parts parts = Splitter.Split(rows, 0.1, 0.2, seed: 1);

        Assert.Equal(Enumerable.Range(0, 1000), parts.Train.Concat(parts.Dev).Concat(parts.Test).Order());
        int[] all = rows.ClassCounts();
        Assert.Equal(all.Select(n => (int)Math.Round(n * 0.1)), rows.Choose(parts.Dev).ClassCounts());
        Assert.Equal(all.Select(n => (int)Math.Round(n * 0.2)), rows.Choose(parts.Test).ClassCounts());
    }

    [Fact]
    public void Copies_of_a_text_stay_together()
    {
        LabelledRows rows = Rows(Enumerable.Range(0, 900).Select(i => (i % 2 == 0 ? $"Text {i / 3}" : $"text　{i / 3}", i / 3 % 2)));

        for (int seed = 0; seed < 20; seed++)
        {
            Splitter.Parts parts = Splitter.Split(rows, 0.3, 0.2, seed);
            Assert.Equal(180, parts.Test.Length);
            Assert.Equal(270, parts.Dev.Length);
            int[][] texts = [Texts(parts.Train), Texts(parts.Dev), Texts(parts.Test)];
            Assert.Empty(texts[0].Intersect(texts[1]).Concat(texts[0].Intersect(texts[2])).Concat(texts[1].Intersect(texts[2])));
        }

        static int[] Texts(int[] part) => [.. part.Select(row => row / 3).Distinct()];
    }

    [Theory]
    [InlineData(1, 1, 0, 0)]
    [InlineData(2, 1, 1, 0)]
    [InlineData(3, 1, 1, 1)]
    [InlineData(4, 2, 1, 1)]
    public void A_rare_class_stays_in_train_first_then_dev_then_test(int count, int train, int dev, int test)
    {
        LabelledRows rows = Rows(Enumerable.Range(0, 100 + count).Select(i => ($"text {i}", i < 100 ? 0 : 1)));

        Splitter.Parts parts = Splitter.Split(rows, 0.1, 0.1, seed: 3);

        Assert.Equal([train, dev, test],
            new[] { parts.Train, parts.Dev, parts.Test }.Select(p => rows.Choose(p).ClassCounts()[1]));
    }

    [Fact]
    public void A_text_repeated_beyond_the_share_stays_in_train()
    {
        LabelledRows rows = Rows(Enumerable.Range(0, 200).Select(i => (i < 100 ? "ok" : $"text {i}", i % 2)));

        for (int seed = 0; seed < 10; seed++)
        {
            Splitter.Parts parts = Splitter.Split(rows, 0.1, 0.1, seed);
            Assert.All(parts.Dev.Concat(parts.Test), row => Assert.InRange(row, 100, 199));
            Assert.InRange(parts.Dev.Length, 19, 21);
        }
    }

    [Fact]
    public void A_seed_gives_one_split_and_another_seed_another()
    {
        LabelledRows rows = Rows(Enumerable.Range(0, 40).Select(i => ($"text {i}", i % 2)));

        int[] split = Splitter.Split(rows, 0.1, 0.1, seed: 1).Dev;

        Assert.Equal(split, Splitter.Split(rows, 0.1, 0.1, seed: 1).Dev);
        // By an independent implementation in Python.
        Assert.Equal([14, 21, 27, 38], split);
        Assert.NotEqual(split, Splitter.Split(rows, 0.1, 0.1, seed: 2).Dev);
    }

    [Fact]
    public void Multi_label_texts_are_split_by_their_rarest_class()
    {
        Sample[] samples = Enumerable.Range(0, 300)
            .Select(i => new Sample($"text {i}", Targets: [i % 3 == 0 ? 0 : 1, i % 10 == 0 ? 1 : 0, 0]))
            .ToArray();
        var rows = new LabelledRows("a.jsonl", TaskKind.MultiLabel, new(["common", "rare", "never"]), samples, new long[300], 300);

        Splitter.Parts parts = Splitter.Split(rows, 0.1, 0.1, seed: 5);

        Assert.Equal(3, rows.Choose(parts.Dev).ClassCounts()[1]);
        Assert.Equal(3, rows.Choose(parts.Test).ClassCounts()[1]);
        Assert.Equal(30, parts.Dev.Length);
    }

    private static LabelledRows Rows(IEnumerable<(string Text, int Label)> rows)
    {
        Sample[] samples = rows.Select(r => new Sample(r.Text, r.Label)).ToArray();
        return new LabelledRows("a.tsv", TaskKind.SingleLabel, new(["a", "b", "c"]), samples, new long[samples.Length], samples.Length);
    }
}
