using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs;
using Retort.Teachers.Sources;

namespace Retort.Pipeline;

/// <content>What a study of options asks of the pipeline: one student, on dev; and in the end those that were chosen, on test.</content>
public sealed partial class RunPipeline
{
    /// <summary>Trains one student of a recipe's first seed and scores it on dev alone: a trial of its options. Nothing is added to the results file.</summary>
    /// <param name="recipe">What to do; its run is the trial's own.</param>
    /// <param name="sources">Where models come from.</param>
    /// <param name="role">With the teacher or without.</param>
    /// <param name="timed">Whether it is timed, too.</param>
    /// <param name="elder">The folder of a run whose finished stages are taken over where their inputs are the same; null: none.</param>
    /// <param name="progress">Told of everything.</param>
    /// <param name="cancellation">Stops; the same call resumes.</param>
    internal static DevReport Try(Recipe recipe, SourceOptions sources, Role role, bool timed, string? elder, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        using var pipeline = new RunPipeline(recipe, sources, from: null, elder, progress, cancellation);
        return pipeline.Try(role, timed);
    }

    /// <summary>Scores finished students on test.</summary>
    /// <param name="recipe">Names the corpus and the teachers, which have labelled it.</param>
    /// <param name="sources">Where models come from.</param>
    /// <param name="students">Their folders.</param>
    /// <param name="progress">Told of everything.</param>
    /// <param name="cancellation">Stops.</param>
    internal static IReadOnlyList<EvaluationResult> Test(Recipe recipe, SourceOptions sources, IReadOnlyList<string> students, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        using var pipeline = new RunPipeline(recipe, sources, from: null, elder: null, progress, cancellation);
        return pipeline.Test(students);
    }

    private DevReport Try(Role role, bool timed)
    {
        FractionStage fractions = Fractions();
        RequireEarly(Stage.Distill, fractions);
        (string? taught, _) = Teach(distils: true);
        Augment(required: false);
        (TeacherPanel opened, _) = OpenLabelled(taught, fractions, distils: true);
        using TeacherPanel panel = opened;
        _data = panel.Answered();
        _recipe.Distillation.RequireFor(_data.Train.Kind, _data.Train.Labels.Count);
        StudentRun student = Distilling(fractions, role).Run(panel, Compressing())[^1];
        return new RunEvaluation(_run, _data, _recipe, command: "", _progress, _cancellation).OnDev(panel, student, timed);
    }

    private IReadOnlyList<EvaluationResult> Test(IReadOnlyList<string> students)
    {
        (string? taught, _) = Teach(distils: false);
        Augment(required: false);
        (TeacherPanel opened, _) = OpenLabelled(taught, Fractions(), distils: false);
        using TeacherPanel panel = opened;
        _data = panel.Answered();
        return new RunEvaluation(_run, _data, _recipe, command: "", _progress, _cancellation).OnTest(panel, students);
    }
}
