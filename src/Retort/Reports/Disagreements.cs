using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;

namespace Retort.Reports;

/// <summary>Who is right about a text that student and teacher decide differently.</summary>
public enum WhoIsRight
{
    /// <summary>The teacher: what the student lost.</summary>
    TeacherRight,

    /// <summary>The student: what it won.</summary>
    StudentRight,

    NeitherRight,

    /// <summary>There is no label.</summary>
    Unknown,
}

/// <summary>A text that student and teacher decide differently.</summary>
/// <param name="WhoIsRight">Who is right.</param>
/// <param name="Text">Cut where it is long.</param>
/// <param name="Label">Its classes; empty: none, or not known.</param>
/// <param name="Teacher">The teacher's classes.</param>
/// <param name="TeacherProbability">How sure it is of them, at its temperature (multi-label: of the class that it is least sure of).</param>
/// <param name="Student">The student's classes.</param>
/// <param name="StudentProbability">How sure it is.</param>
public sealed record Disagreement(WhoIsRight WhoIsRight, string Text, string Label, string Teacher, double TeacherProbability, string Student, double StudentProbability);

/// <summary>Where a student does not follow its teacher: <c>report/examples.json</c>.</summary>
/// <param name="Role">Which student.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Part">The part of the data: test, or dev where the teacher does not know all of test.</param>
/// <param name="Counts">Texts by who is right, those that are not shown included.</param>
/// <param name="Examples">Those that both are surest of, of each verdict about as many.</param>
public sealed record Disagreements(Role Role, int Seed, string Part, IReadOnlyDictionary<WhoIsRight, int> Counts, IReadOnlyList<Disagreement> Examples)
{
    private const int LongestText = 240;

    /// <param name="role">Which student.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="part">What the corpus is.</param>
    /// <param name="corpus">The texts.</param>
    /// <param name="teacher">The teacher's logits and temperature.</param>
    /// <param name="student">The student's.</param>
    /// <param name="most">How many are shown; 0: none, and nothing but the counts is told.</param>
    internal static Disagreements Of(Role role, int seed, string part, Corpus corpus, (LogitTable Logits, double Temperature) teacher, (LogitTable Logits, double Temperature) student, int most)
    {
        var all = new List<(int Row, WhoIsRight WhoIsRight, double Sure)>();
        bool[] taught = Right(corpus, teacher.Logits), learnt = Right(corpus, student.Logits);
        for (int row = 0; row < corpus.Count; row++)
        {
            (string theirs, double sure) = Answer(corpus, teacher, row);
            (string own, double surely) = Answer(corpus, student, row);
            if (theirs != own)
                all.Add((row, corpus.LabelledByTeacher ? WhoIsRight.Unknown : taught[row] ? WhoIsRight.TeacherRight : learnt[row] ? WhoIsRight.StudentRight : WhoIsRight.NeitherRight, sure + surely));
        }
        return new Disagreements(role, seed, part, all.GroupBy(one => one.WhoIsRight).OrderBy(group => group.Key).ToDictionary(group => group.Key, group => group.Count()),
            [.. Choose(all, most).Select(one => Show(corpus, teacher, student, one.Row, one.WhoIsRight))]);
    }

    /// <summary>In turn the surest that is left of each verdict, until there are enough.</summary>
    private static IEnumerable<(int Row, WhoIsRight WhoIsRight, double Sure)> Choose(IEnumerable<(int Row, WhoIsRight WhoIsRight, double Sure)> all, int most) => all
        .GroupBy(one => one.WhoIsRight).SelectMany(group => group.OrderByDescending(one => one.Sure).Select((one, place) => (one, place)))
        .OrderBy(ranked => ranked.place).ThenBy(ranked => ranked.one.WhoIsRight).Take(most)
        .OrderBy(ranked => ranked.one.WhoIsRight).ThenBy(ranked => ranked.place).Select(ranked => ranked.one);

    private static Disagreement Show(Corpus corpus, (LogitTable, double) teacher, (LogitTable, double) student, int row, WhoIsRight verdict)
    {
        (string theirs, double sure) = Answer(corpus, teacher, row);
        (string own, double surely) = Answer(corpus, student, row);
        string label = corpus.LabelledByTeacher ? "" : corpus.Kind == TaskKind.MultiLabel ? Names(corpus, corpus.TargetRow(row).Select(target => target > 0.5f)) : corpus.Labels.Names[corpus.ClassOf(row)];
        return new Disagreement(verdict, Excerpt.Of(corpus.Samples[row].Text, LongestText), label, theirs, sure, own, surely);
    }

    private static bool[] Right(Corpus corpus, LogitTable logits) =>
        corpus.Kind == TaskKind.MultiLabel ? MultiLabel.Right(logits, corpus.TargetRows()) : SingleLabel.Right(logits, corpus.ClassIndices());

    private static (string Classes, double Probability) Answer(Corpus corpus, (LogitTable Logits, double Temperature) model, int row)
    {
        ReadOnlySpan<float> logits = model.Logits.Row(row);
        double[] probabilities = new double[logits.Length];
        if (corpus.Kind == TaskKind.MultiLabel)
        {
            for (int k = 0; k < logits.Length; k++)
                probabilities[k] = 1 / (1 + Math.Exp(-logits[k] / model.Temperature));
            return (Names(corpus, probabilities.Select(probability => probability > 0.5)), probabilities.Min(probability => Math.Max(probability, 1 - probability)));
        }
        Probability.LogSoftmax(logits, model.Temperature, probabilities);
        int top = model.Logits.ArgMax(row);
        return (corpus.Labels.Names[top], Math.Exp(probabilities[top]));
    }

    private static string Names(Corpus corpus, IEnumerable<bool> chosen) => string.Join(", ", corpus.Labels.Names.Zip(chosen).Where(one => one.Second).Select(one => one.First));
}
