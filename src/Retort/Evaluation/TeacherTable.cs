using Retort.Signals;

namespace Retort.Evaluation;

/// <summary>How good the teachers are, as a table.</summary>
public static class TeacherTable
{
    /// <summary>A line for each teacher and part of the corpus.</summary>
    public static TextTable Of(IReadOnlyList<TeacherScore> scores) => new(
        ["teacher", "on", "texts", "accuracy", "macro-F1", "of majority or chance", "calibration error (ECE)"],
        scores.Select(score => (IReadOnlyList<string>)
        [
            score.Name, score.Part, score.Texts == score.PartTexts ? Figures.Count(score.PartTexts) : $"{Figures.Count(score.Texts)} of {Figures.Count(score.PartTexts)}",
            Figures.Share(score.Accuracy), Figures.Share(score.MacroF1), Figures.Share(score.BaselineMacroF1), Figures.Share(score.CalibrationError),
        ]).ToArray());
}
