using Retort.Assessment;
using Retort.Students;
using Retort.Teachers.Encoders;
using Retort.Training;

namespace Retort.Tests.Assessment;

public sealed class CostModelTests
{
    private static readonly EncoderConfig Bert = new()
    {
        Kind = EncoderKind.Bert,
        VocabularySize = 30522,
        EmbeddingWidth = 768,
        Hidden = 768,
        Layers = 12,
        Heads = 12,
        Intermediate = 3072,
        MaxPositions = 512,
    };

    [Fact]
    public void Bert_base_takes_170_million_operations_a_token_and_a_little_for_attention()
    {
        // 2 × 12 × (4 × 768² + 2 × 768 × 3072) = 169,869,312 a token.
        Assert.Equal(24 * 169_869_312.0 + 12 * 4 * 24 * 24 * 768, CostModel.EncoderFlops(Bert, 24));
    }

    [Fact]
    public void A_precision_hastens_the_products_alone()
    {
        Assert.Equal(50, CostModel.RateIn(Precision.F32, 50, 2));
        Assert.Equal(50, CostModel.RateIn(Precision.Bf16, 50, 1));
        // Three quarters of the time in half of it: 5/8 of all.
        Assert.Equal(80, CostModel.RateIn(Precision.Bf16, 50, 2), 1e-9);
        Assert.True(CostModel.RateIn(Precision.Bf16, 50, 0.1) < 10);
    }

    [Fact]
    public void More_of_anything_takes_longer()
    {
        double one = CostModel.DistillSeconds(1e7, 10_000, 1000, 3, 2, 50);
        Assert.True(one < CostModel.DistillSeconds(1e7, 10_100, 1000, 3, 2, 50));
        Assert.True(one < CostModel.DistillSeconds(1e7, 10_000, 2000, 3, 2, 50));
        Assert.True(one < CostModel.DistillSeconds(1e7, 10_000, 1000, 4, 2, 50));
        Assert.True(one < CostModel.DistillSeconds(1e7, 10_000, 1000, 3, 4, 50));
        Assert.True(one < CostModel.DistillSeconds(1.1e7, 10_000, 1000, 3, 2, 50));
        Assert.True(one > CostModel.DistillSeconds(1e7, 10_000, 1000, 3, 2, 60));
        Assert.True(CostModel.StudentFlops(new StudentOptions(), 8) < CostModel.StudentFlops(new StudentOptions(), 9));
        Assert.True(CostModel.EncoderFlops(Bert, 24) < CostModel.EncoderFlops(Bert, 25));
        Assert.True(CostModel.TeachSeconds(1e12, 1e11, 2, 4, 1, 50) < CostModel.TeachSeconds(1.1e12, 1e11, 2, 4, 1, 50));
        Assert.True(CostModel.TeachSeconds(1e12, 1e11, 2, 4, 1, 50) < CostModel.TeachSeconds(1e12, 1e11, 3, 6, 1, 50));
        Assert.True(CostModel.LabelSeconds(1e12, 50) > CostModel.LabelSeconds(1e12, 60));
    }

    [Fact]
    public void Teaching_is_three_passes_forward_for_each_epoch_and_one_for_each_look()
    {
        Assert.Equal((3 * 2 * 1e12 + 4 * 1e11) / (1e9 * 50 * CostModel.EncoderEfficiency), CostModel.TeachSeconds(1e12, 1e11, 2, 4, 1, 50), 9);
        // Where half of the layers learn, half of them have a backward pass.
        Assert.Equal((2 * 2 * 1e12 + 4 * 1e11) / (1e9 * 50 * CostModel.EncoderEfficiency), CostModel.TeachSeconds(1e12, 1e11, 2, 4, 0.5, 50), 9);
        // 2 × 8 tokens × 12 offsets × 100 wide × 256 raw channels.
        Assert.Equal(2.0 * 8 * 12 * 100 * 256, CostModel.StudentFlops(new StudentOptions(), 8));
        Assert.Equal(12 * 8, CostModel.RowAdditions([3, 4, 5], 8));
    }
}
