using Retort.Data;
using Retort.Distillation.WarmingUp;
using Retort.Evaluation;
using Retort.Runs;
using Retort.Students;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>The warm-up of each seed's student, a stage of its own below <c>warm-up/</c>.</summary>
/// <param name="recipe">The run's.</param>
/// <param name="run">The run's folder.</param>
/// <param name="blueprint">The students'.</param>
/// <param name="texts">The transfer set.</param>
/// <param name="dev">Texts to choose on.</param>
/// <param name="panel">Whose pooled states are learnt.</param>
/// <param name="inputs">What the warm-up depends on beside its own options.</param>
internal sealed class WarmUpStage(Recipe recipe, string run, StudentBlueprint blueprint, IReadOnlyList<string> texts,
    IReadOnlyList<string> dev, TeacherPanel panel, IReadOnlyDictionary<string, string> inputs) : IDisposable
{
    private readonly Dictionary<int, (string, TrainingResult)> _done = [];
    private readonly List<MappedArray<float>> _states = [];
    private (IReadOnlyList<string> Texts, IReadOnlyList<string> Dev)? _chosen;
    private PooledStates? _pooled;

    /// <summary>Whether a student begins with a warm-up.</summary>
    public bool IsFor(Role role) => recipe.WarmUp.Task != WarmUpTask.None && (role != Role.StudentWithoutTeacher || !recipe.WarmUp.NeedsTeacher);

    /// <param name="seed">The student's.</param>
    /// <param name="runner">Leaves out what is done already.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told of steps and scores.</param>
    /// <param name="cancellation">Stops with a checkpoint.</param>
    /// <returns>The folder of the weights below the run's, and how the training went.</returns>
    public (string Folder, TrainingResult Training) Run(int seed, StageRunner runner, Device device,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        // Both students of a seed begin with the same.
        if (_done.TryGetValue(seed, out (string, TrainingResult) done))
            return done;
        string folder = $"warm-up/seed-{seed}";
        (IReadOnlyList<string> learnt, IReadOnlyList<string> looked) = _chosen ??= Chosen(progress);
        var own = new Dictionary<string, string>(inputs) { ["options"] = ContentHash.OfRecord(recipe.WarmUp) };
        // Which texts have a pooled state depends on what the cache holds, beside the recipe.
        if (recipe.WarmUp.NeedsTeacher)
            own["pooled_states"] = ContentHash.OfLines(learnt.Concat(looked));
        TrainingResult result = runner.Run("distill", folder, own, [folder], checkpoints =>
        {
            if (recipe.WarmUp.NeedsTeacher)
                _pooled ??= new PooledStates(panel.PooledWidth, Reader(learnt), Reader(looked));
            return WarmUp.Run(recipe.WarmUp, recipe.Student, blueprint, learnt, looked, _pooled, seed, Path.Combine(run, folder), checkpoints, runner.Logs(folder),
                device, progress, cancellation);
        });
        return _done[seed] = (folder, result);
    }

    public void Dispose() => _states.ForEach(states => states.Dispose());

    private (IReadOnlyList<string>, IReadOnlyList<string>) Chosen(IProgress<StageProgress>? progress)
    {
        if (!recipe.WarmUp.NeedsTeacher)
            return (texts, dev);
        int[] rows = panel.PooledRows(texts), devRows = panel.PooledRows(dev);
        if (rows.Length == 0 || devRows.Length == 0)
        {
            throw new UsageException($"warm_up.task is pooled_state, and {(panel.PooledWidth == 0 ? "no teacher stores pooled states" : "the teacher that stores them has labelled no text of the transfer set, or none of dev")}: "
                + "expected a teacher that gives pooled states of both; or masked_tokens or views, which need no teacher")
            { Key = "warm_up.task" };
        }
        progress?.Report(StageProgress.Note("warm-up", FormattableString.Invariant($"pooled states of {rows.Length:N0} of {texts.Count:N0} texts")));
        return (new ChosenTexts(texts, rows), new ChosenTexts(dev, devRows));
    }

    private Func<int[], float[]> Reader(IReadOnlyList<string> of)
    {
        MappedArray<float> states = panel.PooledStates(of, run);
        _states.Add(states);
        int width = panel.PooledWidth;
        return rows => states.Rows(rows, width);
    }
}
