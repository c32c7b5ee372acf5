using Retort.Evaluation;
using Retort.Reports;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Reports;

/// <summary>What a report says of how much the teacher was asked.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class TeacherCallsTests(FinishedRun run)
{
    [Fact]
    public void Where_the_teacher_labelled_everything_there_is_nothing_to_tell() => Assert.Null(run.Result.Report!.TeacherCallsText());

    [Theory]
    [InlineData(30, 30, Role.StudentWithoutTeacher, 60, 0, "Texts of the transfer set that the teacher labelled for the student: 30")]
    [InlineData(60, 30, Role.StudentWithoutTeacher, 60, 0, "Texts of the transfer set that the teacher labelled for the student: 30")]
    [InlineData(30, 30, Role.StudentOnAllTexts, 60, 60, "Texts of the transfer set that the teacher labelled for the student: 30")]
    [InlineData(30, 60, Role.StudentOnRandomFraction, 30, 60, "The teacher labelled 60 texts for the student, which learnt from 30: choosing saved nothing on the teacher")]
    [InlineData(60, 60, Role.StudentWithoutTeacher, 60, 0, null)]
    public void A_choice_is_told_by_what_it_saved(int texts, int calls, Role other, int otherTexts, int otherCalls, string? said)
    {
        ModelReport any = run.Result.Report!.Models.First(model => model.Role == Role.Student);
        RunReport report = run.Result.Report with
        {
            Models = [any with { Texts = texts, TeacherCalls = calls }, any with { Role = other, Texts = otherTexts, TeacherCalls = otherCalls }],
        };
        Assert.Equal(said, report.TeacherCallsText());
    }
}
