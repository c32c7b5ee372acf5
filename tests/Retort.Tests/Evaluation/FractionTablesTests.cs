using Retort.Evaluation;
using Retort.Fractionation;

namespace Retort.Tests.Evaluation;

public sealed class FractionTablesTests
{
    [Fact]
    public void Choices_classes_distributions_and_texts_stand_one_below_the_other()
    {
        double[] all = [0.5, .. new double[18], 0.5], chosen = [.. new double[18], 0.1, 0.9];
        var score = new ScoreSummary("entropy", 0, 0.6931, 0.6, all, chosen, [new ScoredText(3, 0.6931, "so so")], [new ScoredText(1, 0, "great")]);
        FractionSummary[] choices =
        [
            new(0, 0, 0.5, 2000, 1000, null, [new("bad", 0.25, 0.5), new("good", 0.75, 0.5)], [score]),
            new(1, 40, 0.3, 2000, 600, 0.875, [new("bad", 0.25, 0.125), new("good", 0.75, 0.875)], [score with { LeastChosen = 0.65 }]),
        ];
        Assert.Equal("""
            from step  fraction  texts     of  in the one before
            0               0.5  1,000  2,000                  –
            40              0.3    600  2,000             87.5 %

            class  of all texts  of what is seen from step 0 on  of what is seen from step 40 on
            bad          25.0 %                          50.0 %                           12.5 %
            good         75.0 %                          50.0 %                           87.5 %

            entropy                           0 to 0.6931  lowest chosen
            all texts                █                  █              –
            chosen, from step 0 on                     ▁█            0.6
            chosen, from step 40 on                    ▁█           0.65

            The highest entropy:
                0.6931  so so

            The lowest entropy:
                0.0000  great


            """, FractionTables.ToText(choices));
    }

    [Fact]
    public void Texts_with_several_classes_and_scores_that_are_not_known_yet_are_left_out()
    {
        string text = FractionTables.ToText([new(0, 0, 0.5, 4, 2, null, [], [])]);
        Assert.StartsWith("from step", text, StringComparison.Ordinal);
        Assert.DoesNotContain("class", text, StringComparison.Ordinal);
        Assert.DoesNotContain("highest", text, StringComparison.Ordinal);
    }
}
