using Retort.Fractionation;
using Retort.Runs;

namespace Retort.Tests.Fractionation;

public sealed class ChooserTests
{
    public static TheoryData<int, double, int> Sizes => new()
    {
        { 10, 0.3, 3 }, { 10, 0.25, 3 }, { 10, 0.24, 2 }, { 3, 0.5, 2 }, { 2, 1, 2 }, { 7, 0.99, 7 }, { 7, 0.4, 3 },
        { 99, 0.5, 50 }, { 1000, 0.0025, 3 }, { 1000, 0.333, 333 }, { 1001, 0.8, 801 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_fraction_has_exactly_its_share_of_the_texts_whatever_the_rules(int texts, double fraction, int expected)
    {
        double[] ranks = Shuffled(texts);
        int[] classes = [.. Enumerable.Range(0, texts).Select(k => k % 7 == 0 ? 0 : 1)];
        foreach (Selection select in Enum.GetValues<Selection>())
        {
            foreach (ClassQuota quota in Enum.GetValues<ClassQuota>())
            {
                var options = new FractionationOptions { Select = select, ClassQuota = quota };
                int[] rows = new Chooser(options, classes, null, seed: 3).Rows(ranks, fraction, pass: 1, []);
                Assert.Equal(expected, rows.Length);
                Assert.Equal(rows.Distinct().Order(), rows);
                Assert.InRange(rows[0], 0, rows[^1]);
                Assert.True(rows[^1] < texts);
            }
        }
    }

    [Theory]
    [InlineData(Selection.Highest, 0.5, new[] { 7, 8, 9 })]
    [InlineData(Selection.Lowest, 0.5, new[] { 0, 1, 2 })]
    [InlineData(Selection.Band, 0.45, new[] { 3, 4, 5 })]
    [InlineData(Selection.Band, 0.0, new[] { 0, 1, 2 })]
    [InlineData(Selection.Band, 1.0, new[] { 7, 8, 9 })]
    [InlineData(Selection.Band, 0.75, new[] { 6, 7, 8 })]
    public void The_highest_the_lowest_and_those_around_a_middle_are_what_they_say(Selection select, double centre, int[] places)
    {
        double[] ranks = Shuffled(10);
        var chooser = new Chooser(new FractionationOptions { Select = select, BandCentre = centre }, [], null, seed: 1);
        int[] chosen = chooser.Rows(ranks, 0.3, pass: 0, []);
        Assert.Equal(places, chosen.Select(row => (int)(ranks[row] * 10)).Order());
        Assert.Equal(chosen, chooser.Rows(ranks, 0.3, pass: 1, []));
    }

    [Fact]
    public void Of_texts_that_are_as_near_to_the_middle_the_first_is_taken()
    {
        var chooser = new Chooser(new FractionationOptions { Select = Selection.Band, BandCentre = 0.5 }, [], null, seed: 1);
        Assert.Equal([0], chooser.Rows([0.25, 0.75], 0.5, pass: 0, []));
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    [InlineData(1000)]
    public void Sample_draws_without_replacement_by_the_exponentials_of_the_ranks(double temperature)
    {
        const int Texts = 8, Passes = 20_000;
        double[] ranks = Shuffled(Texts);
        var chooser = new Chooser(new FractionationOptions { SampleTemperature = temperature }, [], null, seed: 5);
        int[] counts = new int[Texts];
        for (int pass = 0; pass < Passes; pass++)
        {
            foreach (int row in chooser.Rows(ranks, 0.375, pass, []))
                counts[row]++;
        }
        double[] expected = ThreeDraws(Array.ConvertAll(ranks, rank => Math.Exp(rank / temperature)));
        // Five standard deviations of a share over so many passes.
        double tolerance = 5 * Math.Sqrt(0.25 / Passes);
        for (int row = 0; row < Texts; row++)
            Assert.Equal(expected[row], (double)counts[row] / Passes, tolerance);
        if (temperature <= 1)
            Assert.Equal(Enumerable.Range(0, Texts).OrderBy(row => ranks[row]), Enumerable.Range(0, Texts).OrderBy(row => counts[row]));
    }

    [Fact]
    public void Sample_is_drawn_anew_for_every_pass_and_follows_from_the_seed()
    {
        double[] ranks = Shuffled(200);
        var chooser = new Chooser(new FractionationOptions(), [], null, seed: 1);
        int[] first = chooser.Rows(ranks, 0.3, pass: 0, []);
        Assert.NotEqual(first, chooser.Rows(ranks, 0.3, pass: 1, []));
        Assert.Equal(first, new Chooser(new FractionationOptions(), [], null, seed: 1).Rows(ranks, 0.3, pass: 0, []));
        Assert.NotEqual(first, new Chooser(new FractionationOptions(), [], null, seed: 2).Rows(ranks, 0.3, pass: 0, []));
    }

    [Theory]
    [InlineData(ClassQuota.Proportional, new[] { 5, 3, 2 }, 4, new[] { 2, 1, 1 })]
    [InlineData(ClassQuota.Proportional, new[] { 4, 4, 2 }, 5, new[] { 2, 2, 1 })]
    [InlineData(ClassQuota.Proportional, new[] { 3, 3, 3 }, 5, new[] { 2, 2, 1 })]
    // By remainders alone the third class would have none.
    [InlineData(ClassQuota.Proportional, new[] { 97, 2, 1 }, 50, new[] { 48, 1, 1 })]
    [InlineData(ClassQuota.Proportional, new[] { 98, 99, 3 }, 20, new[] { 9, 10, 1 })]
    [InlineData(ClassQuota.Proportional, new[] { 1, 1, 98 }, 3, new[] { 1, 1, 1 })]
    [InlineData(ClassQuota.Equal, new[] { 10, 2, 8 }, 12, new[] { 5, 2, 5 })]
    [InlineData(ClassQuota.Equal, new[] { 1, 1, 8 }, 9, new[] { 1, 1, 7 })]
    [InlineData(ClassQuota.Equal, new[] { 5, 5, 5 }, 7, new[] { 2, 2, 3 })]
    [InlineData(ClassQuota.Equal, new[] { 20, 30, 40 }, 9, new[] { 3, 3, 3 })]
    public void Classes_have_their_quotas_and_the_highest_of_each_are_taken(ClassQuota quota, int[] counts, int size, int[] expected)
    {
        int[] classes = [.. counts.SelectMany((count, k) => Enumerable.Repeat(k, count))];
        double[] ranks = Shuffled(classes.Length);
        var options = new FractionationOptions { Select = Selection.Highest, ClassQuota = quota };
        int[] rows = new Chooser(options, classes, null, seed: 1).Rows(ranks, (double)size / classes.Length, pass: 0, []);
        Assert.Equal(expected, Enumerable.Range(0, 3).Select(k => rows.Count(row => classes[row] == k)));
        for (int k = 0; k < 3; k++)
        {
            Assert.Equal(Enumerable.Range(0, classes.Length).Where(row => classes[row] == k).OrderByDescending(row => ranks[row]).Take(expected[k]).Order(),
                rows.Where(row => classes[row] == k));
        }
    }

    [Theory]
    [InlineData(ClassQuota.Proportional)]
    [InlineData(ClassQuota.Equal)]
    public void What_came_in_stays_in_a_larger_fraction_whatever_the_quota(ClassQuota quota)
    {
        // Remainders alone give the third class 2 of 10 texts, and 1 of 11.
        int[] classes = [.. new[] { 6, 6, 2 }.SelectMany((count, k) => Enumerable.Repeat(k, count))];
        double[] ranks = Shuffled(classes.Length);
        var chooser = new Chooser(new FractionationOptions { ClassQuota = quota }, classes, null, seed: 1);
        int[] kept = [];
        for (int size = 3; size <= classes.Length; size++)
        {
            int[] rows = chooser.Rows(ranks, (double)size / classes.Length, pass: size, kept);
            Assert.Equal(size, rows.Length);
            Assert.Subset(rows.ToHashSet(), kept.ToHashSet());
            Assert.Equal(3, rows.Select(row => classes[row]).Distinct().Count());
            kept = rows;
        }
    }

    [Theory]
    [InlineData(Selection.Highest)]
    [InlineData(Selection.Sample)]
    public void What_is_kept_is_among_them_and_what_does_not_stay_is_not(Selection select)
    {
        double[] ranks = Shuffled(20);
        int[] lowest = [.. Enumerable.Range(0, 20).OrderBy(row => ranks[row]).Take(3).Order()], staying = [.. Enumerable.Range(0, 20).Where(row => row % 2 == 0 || lowest.Contains(row))];
        var chooser = new Chooser(new FractionationOptions { Select = select }, [], staying, seed: 1);
        int[] rows = chooser.Rows(ranks, 0.5, pass: 0, lowest);
        Assert.Equal((int)Math.Round(staying.Length * 0.5, MidpointRounding.AwayFromZero), rows.Length);
        Assert.Subset(staying.ToHashSet(), rows.ToHashSet());
        Assert.Subset(rows.ToHashSet(), lowest.ToHashSet());
        Assert.Equal(staying, chooser.Rows(ranks, 1, pass: 0, lowest));
    }

    private static double[] Shuffled(int texts)
    {
        double[] ranks = [.. Enumerable.Range(0, texts).Select(k => (k + 0.5) / texts)];
        new SeededRandom(11).Shuffle<double>(ranks);
        return ranks;
    }

    /// <summary>The chance of each to be among three that are drawn one after the other, over every order in which they may come.</summary>
    private static double[] ThreeDraws(double[] weights)
    {
        double[] chances = new double[weights.Length];
        double all = weights.Sum();
        for (int a = 0; a < weights.Length; a++)
        {
            for (int b = 0; b < weights.Length; b++)
            {
                for (int c = 0; c < weights.Length; c++)
                {
                    if (a == b || a == c || b == c)
                        continue;
                    double chance = weights[a] / all * (weights[b] / (all - weights[a])) * (weights[c] / (all - weights[a] - weights[b]));
                    chances[a] += chance;
                    chances[b] += chance;
                    chances[c] += chance;
                }
            }
        }
        return chances;
    }
}
