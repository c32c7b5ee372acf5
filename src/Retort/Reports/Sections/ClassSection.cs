using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>Class by class: what the student finds beside the teacher, and what is taken for what.</summary>
internal static class ClassSection
{
    /// <summary>More classes than these make tables that nobody reads.</summary>
    private const int MostBeside = 5, MostConfused = 14, MostBars = 20, MostRows = 40, Pairs = 20;

    /// <param name="student">The one that the run hands over.</param>
    /// <param name="other">What it is held against; null: nothing.</param>
    public static XElement Of(ModelReport student, ModelReport? other) => Html.Section("classes", "Class by class",
        student.Test.AgainstTeacher ? Html.Notice("The texts have no labels: the truth below is the teacher's answer, and every figure is agreement with it.") : null,
        Scores(student, other), SideBySide(student.Test.Classes.Count, new[] { student, other }.OfType<ModelReport>().Select(Confusion)));

    private static object SideBySide(int classes, IEnumerable<XElement?> matrices) => classes <= MostBeside ? Html.Charts(matrices) : matrices;

    private static IEnumerable<XElement?> Scores(ModelReport student, ModelReport? other)
    {
        int[] classes = [.. Enumerable.Range(0, student.Test.Classes.Count)];
        if (classes.Length <= MostBars)
        {
            yield return Bars.Draw("F1 of each class", other is null ? [("student", "s1")] : [(other.Role.Title(), "s0"), ("student", "s1")],
                [.. classes.Select(k => new BarRow(student.Test.Classes[k], other is null ? [F1(student, k)] : [F1(other, k), F1(student, k)]))], share => Text($"{share:0.000}"));
        }
        int[] shown = classes.Length <= MostRows || other is null ? [.. classes.Take(MostRows)] : [.. classes.OrderByDescending(k => Math.Abs((F1(student, k) ?? 0) - (F1(other, k) ?? 0))).Take(MostRows)];
        string held = other?.Role.Title() ?? "";
        yield return Html.Table("Scores of each class", other is null ? ["class", "texts", "F1", "precision", "recall"]
            : ["class", "texts", "F1, student", $"F1, {held}", "difference", "precision, student", $"precision, {held}", "recall, student", $"recall, {held}"], shown.Select(k => Row(student, other, k)));
        if (shown.Length < classes.Length)
            yield return Html.Faint(Text($"{shown.Length} of {classes.Length} classes{(other is null ? "" : ", those whose F1 differs most")}; all stand in results.json."));
    }

    private static object?[] Row(ModelReport student, ModelReport? other, int k)
    {
        ClassScores own = student.Test.PerClass[k];
        if (other is null)
            return [student.Test.Classes[k], Figures.Count(own.Support), Share(own, own.F1), Share(own, own.Precision), Share(own, own.Recall)];
        ClassScores theirs = other.Test.PerClass[k];
        double difference = own.F1 - theirs.F1;
        return [student.Test.Classes[k], Figures.Count(own.Support), Share(own, own.F1), Share(theirs, theirs.F1), Html.Signed(Text($"{difference:+0.0000;−0.0000;0.0000}"), Math.Round(difference, 4)),
            Share(own, own.Precision), Share(theirs, theirs.Precision), Share(own, own.Recall), Share(theirs, theirs.Recall)];
    }

    private static XElement? Confusion(ModelReport model)
    {
        if (model.Test.Confusion is not { } counts)
            return null;
        string title = $"What the {model.Role.Title()}{(model.Role == Role.Teacher ? "" : $" of seed {model.Seed}")} takes for what";
        IReadOnlyList<string> names = model.Test.Classes;
        if (names.Count > MostConfused)
            return Html.Details($"{title}: the most confused classes", Confused(title, names, counts));
        return new XElement("div", Html.Heading(title), HeatMap.Draw(title, "truth \\ answer", names, names,
            (row, column) => (Figures.Count(counts[row][column]), (double)counts[row][column] / Math.Max(1, counts[row].Sum()))),
            Html.Faint("Texts of test; the darker, the larger their share of the row."));
    }

    private static XElement Confused(string title, IReadOnlyList<string> names, int[][] counts) => Html.Table(title, ["truth", new Column("taken for", IsText: true), "texts", "of its texts"],
        Enumerable.Range(0, names.Count).SelectMany(row => Enumerable.Range(0, names.Count).Where(column => column != row && counts[row][column] > 0).Select(column => (row, column)))
            .OrderByDescending(pair => counts[pair.row][pair.column]).Take(Pairs)
            .Select(pair => (object?[])[names[pair.row], names[pair.column], Figures.Count(counts[pair.row][pair.column]), Text($"{100.0 * counts[pair.row][pair.column] / counts[pair.row].Sum():0.0} %")]));

    private static double? F1(ModelReport model, int k) => model.Test.PerClass[k] is { IsAbsent: false, F1: var f1 } ? f1 : null;

    private static string Share(ClassScores scores, double value) => Figures.Share(scores.IsAbsent ? null : value);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
