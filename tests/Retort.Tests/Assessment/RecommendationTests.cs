using Retort.Assessment;
using Retort.Evaluation;

namespace Retort.Tests.Assessment;

public sealed class RecommendationTests
{
    private static readonly ModelFacts Student = Model(null, micros: 10, megabytes: 20);

    [Theory]
    // Of the linear model, the teacher (0: not there yet), the accuracy asked for (0: none).
    [InlineData(0.90, 0, 0.88, Verdict.LinearIsEnough)]
    [InlineData(0.90, 0.905, 0, Verdict.LinearIsEnough)]
    [InlineData(0.80, 0.92, 0, Verdict.Distil)]
    [InlineData(0.80, 0.92, 0.85, Verdict.Distil)]
    [InlineData(0.80, 0, 0, Verdict.Distil)]
    [InlineData(0.80, 0, 0.95, Verdict.Distil)]
    [InlineData(0.80, 0.92, 0.915, Verdict.KeepTeacher)]
    [InlineData(0.80, 0.92, 0.95, Verdict.NothingMeetsTheNeeds)]
    // Between the teacher and a need that it misses, the linear model is near enough to the teacher but not to the need.
    [InlineData(0.90, 0.905, 0.95, Verdict.NothingMeetsTheNeeds)]
    public void Accuracy_decides_where_nothing_else_is_asked_for(double linear, double teacher, double asked, Verdict expected)
    {
        var needs = new AssessmentNeeds { MinAccuracy = asked > 0 ? asked : null };
        Recommendation found = Recommendation.Of(needs, Model(linear, 50, 5), teacher > 0 ? Model(teacher, 20_000, 90) : null, Student);
        Assert.Equal(expected, found.Verdict);
        Assert.NotEmpty(found.Reasons);
    }

    [Fact]
    public void A_teacher_that_meets_stated_needs_is_kept()
    {
        var needs = new AssessmentNeeds { BudgetMilliseconds = 100, BudgetMegabytes = 500 };
        Assert.Equal(Verdict.KeepTeacher, Recommendation.Of(needs, Model(0.8, 50, 5), Model(0.92, 20_000, 90), Student).Verdict);
    }

    [Fact]
    public void A_teacher_that_was_not_timed_is_not_taken_to_be_quick_enough()
    {
        var needs = new AssessmentNeeds { BudgetMilliseconds = 100 };
        Assert.Equal(Verdict.Distil, Recommendation.Of(needs, null, new ModelFacts(0.92, null, null, null), Student).Verdict);
    }

    [Fact]
    public void A_teacher_that_is_too_slow_is_distilled_and_the_reason_says_so()
    {
        Recommendation found = Recommendation.Of(new AssessmentNeeds { BudgetMilliseconds = 5 }, Model(0.8, 50, 5), Model(0.92, 20_000, 90), Student);
        Assert.Equal(Verdict.Distil, found.Verdict);
        Assert.Contains("the teacher: p95 is 20 ms, more than 5", found.Reasons);
    }

    [Fact]
    public void Where_only_the_linear_model_fits_it_is_enough_unless_an_accuracy_was_asked_for()
    {
        var needs = new AssessmentNeeds { BudgetMegabytes = 10 };
        Assert.Equal(Verdict.LinearIsEnough, Recommendation.Of(needs, Model(0.8, 50, 5), Model(0.92, 20_000, 90), Student).Verdict);
        Recommendation found = Recommendation.Of(needs with { MinAccuracy = 0.85 }, Model(0.8, 50, 5), Model(0.92, 20_000, 90), Student);
        Assert.Equal(Verdict.NothingMeetsTheNeeds, found.Verdict);
        Assert.Contains("a student: 20.0 MB, more than 10", found.Reasons);
    }

    [Fact]
    public void Needs_that_nothing_meets_are_named_for_each_model()
    {
        Recommendation found = Recommendation.Of(new AssessmentNeeds { TextsPerSecond = 1e7 }, Model(0.8, 50, 5), null, Student);
        Assert.Equal(Verdict.NothingMeetsTheNeeds, found.Verdict);
        Assert.Contains("a student: 100,000 texts a second on one thread, fewer than 10,000,000", found.Reasons);
        Assert.Contains("the linear model: 20,000 texts a second on one thread, fewer than 10,000,000", found.Reasons);
    }

    [Fact]
    public void A_slow_teacher_whose_accuracy_is_needed_leaves_nothing()
    {
        var needs = new AssessmentNeeds { MinAccuracy = 0.915, BudgetMilliseconds = 5 };
        Assert.Equal(Verdict.NothingMeetsTheNeeds, Recommendation.Of(needs, Model(0.8, 50, 5), Model(0.92, 20_000, 90), Student).Verdict);
    }

    [Fact]
    public void Without_labels_a_student_is_recommended_and_the_reason_says_what_is_not_known()
    {
        Recommendation found = Recommendation.Of(new AssessmentNeeds(), null, new ModelFacts(null, null, null, null), Student);
        Assert.Equal(Verdict.Distil, found.Verdict);
        Assert.Contains("cannot be told", Assert.Single(found.Reasons), StringComparison.Ordinal);
    }

    private static ModelFacts Model(double? accuracy, double micros, double megabytes) =>
        new(accuracy, null, new Latency(micros, micros, 1e6 / micros, 100), (long)(megabytes * 1e6));
}
