namespace Retort.Metrics;

/// <summary>Refuses what would make a figure meaningless.</summary>
internal static class Require
{
    public static void Temperature(double temperature)
    {
        if (!(temperature > 0) || !double.IsFinite(temperature))
            throw new ArgumentException($"the temperature is {temperature}; it must be finite and above 0");
    }

    public static void Labels(LogitTable logits, IReadOnlyList<int> labels)
    {
        SameCount(logits.Count, "rows of logits", labels.Count, "labels");
        Classes(labels, logits.Classes, "label");
    }

    public static void Classes(IReadOnlyList<int> indices, int classes, string what)
    {
        for (int i = 0; i < indices.Count; i++)
        {
            if (indices[i] < 0 || indices[i] >= classes)
                throw new ArgumentException(
                    $"the {what} of text {i} is {indices[i]}; with {classes} classes it must be 0 to {classes - 1}");
        }
    }

    public static void Targets(LogitTable logits, IReadOnlyList<float[]> targets)
    {
        SameCount(logits.Count, "rows of logits", targets.Count, "rows of targets");
        for (int i = 0; i < targets.Count; i++)
        {
            if (targets[i].Length != logits.Classes)
                throw new ArgumentException(
                    $"text {i} has {targets[i].Length} targets; with {logits.Classes} classes it must have as many");
            int bad = Array.FindIndex(targets[i], target => !(target >= 0 && target <= 1));
            if (bad >= 0)
                throw new ArgumentException(
                    $"the target of text {i}, class {bad} is {targets[i][bad]}; it must be from 0 to 1");
        }
    }

    public static void SameShape(LogitTable student, LogitTable teacher)
    {
        SameCount(student.Count, "rows of the student", teacher.Count, "rows of the teacher");
        if (student.Classes != teacher.Classes)
            throw new ArgumentException(
                $"the student has {student.Classes} classes and the teacher {teacher.Classes}; they must be the same");
    }

    public static void SameCount(int first, string firstName, int second, string secondName)
    {
        if (first != second)
            throw new ArgumentException($"{first} {firstName} stand against {second} {secondName}; they must be as many");
        if (first == 0)
            throw new ArgumentException($"there are no {firstName}: nothing can be scored");
    }
}
