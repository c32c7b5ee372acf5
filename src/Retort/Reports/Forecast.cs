using System.Text.Json;
using Retort.Runs;

namespace Retort.Reports;

/// <summary>
/// What was expected of a run before anything was trained: <c>assessment.json</c> of its folder. A figure that could not be told is null.
/// </summary>
public sealed record Forecast
{
    private const string FileName = "assessment.json";

    /// <summary>When it was made; null: by a version that did not note it.</summary>
    public DateTimeOffset? Made { get; init; }

    /// <summary>What the recipe that it is of sets otherwise than the one that was given, as the advice was: <c>teacher.max_length: 48; distillation.epochs: 12</c>. Empty: nothing.</summary>
    public string Advised { get; init; } = "";

    /// <summary>Accuracy of the linear model, cross-validated on train.</summary>
    public double? LinearAccuracy { get; init; }

    /// <summary>Size of the student on disk, in bytes.</summary>
    public long? StudentBytes { get; init; }

    /// <summary>Microseconds that half of the texts stay within, from raw text on one thread.</summary>
    public double? StudentP50 { get; init; }

    /// <summary>Of the student, on one thread.</summary>
    public double? StudentTextsPerSecond { get; init; }

    /// <summary>Of the teacher, on one thread; measured where there is one.</summary>
    public double? TeacherTextsPerSecond { get; init; }

    /// <summary>Time of the stage <c>teach</c>.</summary>
    public double? TeachSeconds { get; init; }

    /// <summary>Time of the stage <c>label</c>.</summary>
    public double? LabelSeconds { get; init; }

    /// <summary>Time of all students' trainings.</summary>
    public double? DistillSeconds { get; init; }

    /// <summary>The forecast of a run; null where none was made.</summary>
    /// <exception cref="RetortException">It cannot be read.</exception>
    public static Forecast? Load(string run)
    {
        string path = Path.Combine(run, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<Forecast>(File.ReadAllText(path), JsonForm.Indented);
        }
        catch (JsonException e)
        {
            throw new RetortException($"{path} is damaged ({e.Message}): delete it, or run 'retort assess' again", e);
        }
    }

    public void Save(string run) =>
        AtomicFile.WriteText(Path.Combine(run, FileName), JsonSerializer.Serialize(this, JsonForm.Indented) + "\n");
}
