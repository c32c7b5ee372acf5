using Retort.Metrics;
using Retort.Runtime;

namespace Retort.Cascades;

/// <summary>What student and teacher say of dev or test: all that a cascade is chosen by.</summary>
/// <param name="Confidence">Of each text the probability of the student's likeliest class, as the runtime says it.</param>
/// <param name="StudentRight">Whether that is the text's class.</param>
/// <param name="TeacherRight">Whether the teacher's likeliest class is.</param>
public sealed record PartAnswers(IReadOnlyList<double> Confidence, IReadOnlyList<bool> StudentRight, IReadOnlyList<bool> TeacherRight)
{
    /// <summary>Texts.</summary>
    public int Count => Confidence.Count;

    /// <summary>The student's accuracy.</summary>
    public double StudentAccuracy => StudentRight.Count(right => right) / (double)Count;

    /// <summary>The teacher's accuracy.</summary>
    public double TeacherAccuracy => TeacherRight.Count(right => right) / (double)Count;

    /// <summary>Compares answers with labels.</summary>
    /// <param name="student">The student's, of at least one text.</param>
    /// <param name="teacher">The teacher's logits, in the order of the student's classes.</param>
    /// <param name="labels">The texts' classes.</param>
    public static PartAnswers Of(IReadOnlyList<Classification> student, LogitTable teacher, IReadOnlyList<int> labels)
    {
        Require.SameCount(student.Count, "answers of the student", labels.Count, "labels");
        return new PartAnswers([.. student.Select(answer => (double)answer.Probability)], [.. student.Select((answer, k) => answer.Index == labels[k])],
            SingleLabel.Right(teacher, labels));
    }
}
