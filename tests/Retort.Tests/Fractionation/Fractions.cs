using Retort.Data;
using Retort.Fractionation;
using Retort.Metrics;

namespace Retort.Tests.Fractionation;

/// <summary>Transfer sets to choose from.</summary>
internal static class Fractions
{
    /// <summary>Texts of given classes, of which a teacher says <paramref name="teacher"/>.</summary>
    public static FractionTexts Of(FractionationOptions options, int[] classes, LogitTable teacher) => FractionTexts.Of(options, Corpus(classes, teacher.Classes), teacher);

    /// <summary>The same with a teacher that is unsure to a degree that varies from text to text.</summary>
    public static FractionTexts Of(FractionationOptions options, params int[] classes) => Of(options, classes, Teacher(classes));

    public static Corpus Corpus(int[] classes, int count = 2) => new("t", TaskKind.SingleLabel,
        new LabelSet([.. Enumerable.Range(0, count).Select(k => $"class{k}")]), [.. classes.Select((k, row) => new Sample($"text {row}", k))]);

    public static LogitTable Teacher(int[] classes)
    {
        float[] logits = new float[2 * classes.Length];
        for (int row = 0; row < classes.Length; row++)
            logits[2 * row + classes[row]] = 0.1f + row * 37 % classes.Length * 4f / classes.Length;
        return new LogitTable(logits, 2);
    }
}
