using Retort.Compression;

namespace Retort.Tests.Compression;

public sealed class AgreementTextsTests
{
    private static readonly string[] Texts = ["train 1", "train 2", "train 3", "real 1", "real 2", "made 1", "made 2", "real 3", "made 3", "made 4"];

    private static readonly HashSet<string> Made = ["made 1", "made 2", "made 3", "made 4", "made 5"];

    [Theory]
    [InlineData(2, 0, "real 1", "real 2")]
    [InlineData(3, 0, "real 1", "real 2", "real 3")]
    [InlineData(5, 0, "train 1", "train 2", "real 1", "real 2", "real 3")]
    [InlineData(20, 0, "train 1", "train 2", "real 1", "real 2", "real 3")]
    public void Real_texts_come_first_those_without_a_label_before_those_of_train(int wanted, int made, params string[] agreed)
    {
        var texts = AgreementTexts.Divide(Texts, 3, Made, wanted);
        Assert.Equal(agreed, texts.Agreed);
        Assert.Equal(Texts.Except(agreed), texts.Others);
        Assert.Equal(made, texts.Made);
    }

    [Fact]
    public void Made_texts_are_counted_on_where_there_are_no_others()
    {
        var texts = AgreementTexts.Divide(["train 1", "made 1", "made 2", "made 3", "made 4", "made 5"], 1, Made, 3);
        Assert.Equal(["train 1", "made 1", "made 3"], texts.Agreed);
        Assert.Equal(2, texts.Made);
        Assert.StartsWith("agreement is counted on 3 texts, 2 of them made from others; fewer than 10,000", texts.Note(3), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10_000, 10_000, null)]
    [InlineData(20_000, 15_000, "agreement is counted on 15,000 texts, half of those there are; 20,000 were asked for (compression.agreement_texts, transfer.unlabelled)")]
    [InlineData(9_999, 9_999, "agreement is counted on 9,999 texts; fewer than 10,000 tell a share of 0.99 to no better than 0.2 points")]
    [InlineData(100, 50, "agreement is counted on 50 texts, half of those there are; 100 were asked for (compression.agreement_texts, transfer.unlabelled); fewer than 10,000 tell a share of 0.99 to no better than 0.2 points")]
    public void What_is_to_be_known_of_their_number_is_said_once(int wanted, int counted, string? note) =>
        Assert.Equal(note, new AgreementTexts(new string[counted], [], 0).Note(wanted));
}
