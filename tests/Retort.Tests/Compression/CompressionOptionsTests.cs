using Retort.Compression;
using Retort.Runs;

namespace Retort.Tests.Compression;

public sealed class CompressionOptionsTests
{
    public static TheoryData<string, CompressionOptions> Wrong => new()
    {
        { "compression.max_loss", new() { MaxLoss = -0.1 } },
        { "compression.max_loss", new() { MaxLoss = double.NaN } },
        { "compression.min_agreement", new() { MinAgreement = 1.1 } },
        { "compression.min_speedup", new() { MinSpeedup = -1 } },
        { "compression.agreement_texts", new() { AgreementTexts = 0 } },
        { "compression.percentile", new() { Percentile = 40 } },
        { "compression.ngram_pruning", new() { NgramPruning = 1.5 } },
        { "compression.vocabulary_pruning", new() { VocabularyPruning = 1 } },
        { "compression.width_pruning", new() { WidthPruning = -0.5 } },
        { "compression.pruning", new() { Pruning = 1 } },
        { "compression.pruning", new() { Pruning = double.NaN } },
        { "compression.precision", new() { Precision = (StoredPrecision)9 } },
        { "compression.importance", new() { Importance = (Importance)9 } },
        { "compression.rounds", new() { Rounds = 0 } },
        { "compression.rounds", new() { Rounds = 3, Epochs = 2 } },
        { "compression.epochs", new() { Epochs = -1 } },
        { "compression.learning_rate_factor", new() { LearningRateFactor = 0 } },
    };

    [Fact]
    public void Defaults_are_valid() => new CompressionOptions().Validate();

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Values_out_of_range_are_refused_by_name(string key, CompressionOptions options) =>
        Assert.Equal(key, Assert.Throws<UsageException>(options.Validate).Key);
}
