using Retort.Data;
using Retort.Fractionation;
using Retort.Fractionation.Scores;

namespace Retort.Tests.Fractionation;

public sealed class TeacherScoresTests
{
    [Theory]
    // Of the probabilities 1/8, 5/8, 2/8: ln 8 / 8 + 5 ln(8/5) / 8 + ln 4 / 4.
    [InlineData(Score.Entropy, 0.9002560642)]
    // 1 − 5/8 + 2/8.
    [InlineData(Score.Margin, 0.625)]
    // 1 − 5/8.
    [InlineData(Score.LeastConfidence, 0.375)]
    public void One_label_a_text(Score score, double expected)
    {
        Assert.Equal(expected, TeacherScores.Of(score, TaskKind.SingleLabel, [0, MathF.Log(5), MathF.Log(2)]), 1e-6);
        Assert.Equal(expected, TeacherScores.Of(score, TaskKind.SingleLabel, [MathF.Log(20), MathF.Log(8), MathF.Log(4)]), 1e-6);
    }

    [Theory]
    // Of the probabilities 3/4 and 3/5: the entropies 0.5623351446 and 0.6730116670 are summed.
    [InlineData(Score.Entropy, 1.2353468116)]
    // 1 − 3/5 + 2/5: the second is the less sure one.
    [InlineData(Score.Margin, 0.8)]
    // 1 − 3/5.
    [InlineData(Score.LeastConfidence, 0.4)]
    public void Several_labels_a_text(Score score, double expected)
    {
        Assert.Equal(expected, TeacherScores.Of(score, TaskKind.MultiLabel, [MathF.Log(3), MathF.Log(1.5f)]), 1e-6);
        // A label is as unsure of "no" as of "yes".
        Assert.Equal(expected, TeacherScores.Of(score, TaskKind.MultiLabel, [MathF.Log(1.5f), -MathF.Log(3)]), 1e-6);
    }

    [Theory]
    [InlineData(Score.Entropy)]
    [InlineData(Score.Margin)]
    [InlineData(Score.LeastConfidence)]
    public void A_teacher_that_is_sure_scores_0_whatever_the_size_of_its_logits(Score score)
    {
        Assert.Equal(0, TeacherScores.Of(score, TaskKind.SingleLabel, [1000, -1000, 0]), 1e-12);
        Assert.Equal(0, TeacherScores.Of(score, TaskKind.MultiLabel, [1000, -1000]), 1e-12);
    }

    [Fact]
    public void A_score_of_the_student_is_none_of_the_teacher() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TeacherScores.Of(Score.Divergence, TaskKind.SingleLabel, [1, 2]));
}
