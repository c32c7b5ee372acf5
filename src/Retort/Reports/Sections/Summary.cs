using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;

namespace Retort.Reports.Sections;

/// <summary>What was lost and won, in words that follow from the figures.</summary>
internal static class Summary
{
    /// <summary>A sentence each on the teacher, on the student without teacher, on the linear baseline, and on what compression cost.</summary>
    public static IEnumerable<XElement> Of(RunReport report)
    {
        ComparisonRow? student = Find(report, Role.Student);
        if (student is null)
            yield break;
        if (student.Accuracy is null)
        {
            yield return Lead(student.Agreement is null ? "The corpus has no labels: how good the student is cannot be told."
                : $"The corpus has no labels, so accuracy cannot be told: the student gives the teacher's answer to {Figures.Share(student.Agreement)} of the texts of test.");
            yield break;
        }
        IReadOnlyList<Difference> differences = Difference.Of(report);
        yield return Lead(AgainstTeacher(student, Find(report, Role.Teacher), differences.FirstOrDefault(one => one.Other == Role.Teacher)));
        if (differences.FirstOrDefault(one => one.Other == Role.StudentWithoutTeacher) is { } without)
            yield return Lead($"Over the same student without a teacher, distillation {(without.Points >= 0 ? "wins" : "loses")} {Points(without)} of accuracy: {without.Certainty()}.");
        if (differences.FirstOrDefault(one => one.Other == Role.Linear) is { } linear && Find(report, Role.Linear) is { } plain)
        {
            yield return Lead($"A linear model of words and characters has {Figures.Share(plain.Accuracy)}: the student {(linear.Points >= 0 ? "wins" : "loses")} {Points(linear)} {(linear.Points >= 0 ? "over" : "to")} it, {linear.Certainty()}."
                + (linear is { Points: < 0, IsSignificant: true } ? " It is the better choice here." : ""));
        }
        if (differences.FirstOrDefault(one => one.Other == Role.StudentCompressed) is { } compressed && Find(report, Role.StudentCompressed) is { Bytes: { } bytes } small)
        {
            string share = student.Bytes is { } whole ? Invariant($", {100.0 * bytes / whole:0} % of its size,") : "";
            yield return Lead($"Compressed to {Figures.Bytes(small.Bytes)}{share} it {(compressed.Points > 0 ? "loses" : "wins")} {Points(compressed)}: {compressed.Certainty()}.");
        }
    }

    private static string AgainstTeacher(ComparisonRow student, ComparisonRow? teacher, Difference? difference)
    {
        string own = $"The student's accuracy on test is {Figures.Share(student.Accuracy)}{(student.Seeds > 1 ? $" ({student.Seeds} seeds)" : "")}";
        if (teacher?.Accuracy is null || difference is null)
            return $"{own}; what it lost against the teacher cannot be told, which did not answer all texts of test.";
        string speed = student.SpeedRatio is { } ratio ? $"; it is {Figures.Number(ratio)} times as fast" : "";
        string size = student.Bytes is { } bytes && teacher.Bytes is { } large ? Invariant($"{(speed.Length > 0 ? " and" : "; it has")} {100.0 * bytes / large:0.#} % of the size") : "";
        return $"{own}, the teacher's {Figures.Share(teacher.Accuracy)}: it {(difference.Points < 0 ? "loses" : "wins")} {Points(difference)}, {difference.Certainty()}{speed}{size}.";
    }

    private static ComparisonRow? Find(RunReport report, Role role) => report.Test.Rows.FirstOrDefault(row => row.Role == role);

    private static string Points(Difference difference) => Invariant($"{Math.Abs(difference.Points):0.00} points");

    private static XElement Lead(string text) => new("p", new XAttribute("class", "lead"), text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
