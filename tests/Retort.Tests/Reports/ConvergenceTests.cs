using Retort.Evaluation;
using Retort.Reports;
using Retort.Training;

namespace Retort.Tests.Reports;

public sealed class ConvergenceTests
{
    [Fact]
    public void It_is_the_first_look_with_nearly_the_best_score_of_the_student_on_all_texts_seed_by_seed()
    {
        IReadOnlyList<Convergence> rows = Convergence.Among(
        [
            Student(Role.Student, 1, 0.5, 0.8, 0.9), Student(Role.StudentOnRandomFraction, 1, 0.5, 0.6, 0.7), Student(Role.StudentOnAllTexts, 1, 0.7, 0.8, 0.795),
            Student(Role.StudentWithoutTeacher, 1, 0.9, 0.9, 0.9),
            // 99 % of 0.9 is 0.891.
            Student(Role.Student, 2, 0.89, 0.89, 0.891), Student(Role.StudentOnRandomFraction, 2, 0.9, 0.1, 0.1), Student(Role.StudentOnAllTexts, 2, 0.9, 0.5, 0.5),
        ], DevMetric.Accuracy);
        Assert.Equal([Role.Student, Role.StudentOnRandomFraction, Role.StudentOnAllTexts], rows.Select(row => row.Role));
        Assert.Equal([25, null, 15], rows.Select(row => row.Steps?.Mean));
        Assert.Equal([2, 1, 2], rows.Select(row => row.Reached));
        Assert.All(rows, row => Assert.Equal((30L, 2), (row.Of, row.Seeds)));
        Assert.Equal("""
            steps to 99 % of the dev score on all texts   steps  of  seeds that got there
            student                                      25 ± 7  30                2 of 2
            student on random fraction                        –  30                1 of 2
            student on all texts                         15 ± 7  30                2 of 2

            """, Convergence.ToTable(rows).ToText());
    }

    [Fact]
    public void Without_a_student_on_all_texts_there_is_none() => Assert.Empty(Convergence.Among([Student(Role.Student, 1, 0.5, 0.8, 0.9)], DevMetric.Accuracy));

    /// <summary>A student with a look at dev at the steps 10, 20 and 30.</summary>
    private static StudentRun Student(Role role, int seed, params double[] accuracy)
    {
        Look[] history = [.. accuracy.Select((score, k) => new Look(10 * k + 10, new DevScores(score, 0, 0)))];
        return new StudentRun(role, seed, "", 1, new TrainingResult(30, 30, history[^1].Scores, history, TimeSpan.Zero));
    }
}
