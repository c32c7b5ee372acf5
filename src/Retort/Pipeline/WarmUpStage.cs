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
    private readonly List<MappedArray<float>> _states = [];
    private readonly Dictionary<int, (string, TrainingResult)> _done = [];
    private (IReadOnlyList<string> Texts, IReadOnlyList<string> Dev, PooledStates? States)? _lessons;

    /// <summary>Whether a student begins with a warm-up.</summary>
    public bool IsFor(Role role) => recipe.WarmUp.Task != WarmUpTask.None && (role == Role.Student || !recipe.WarmUp.NeedsTeacher);

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
        var own = new Dictionary<string, string>(inputs) { ["options"] = ContentHash.OfRecord(recipe.WarmUp) };
        TrainingResult result = runner.Run("distill", folder, own, [folder], checkpoints =>
        {
            _lessons ??= Lessons(progress);
            return WarmUp.Run(recipe.WarmUp, recipe.Student, blueprint, _lessons.Value.Texts, _lessons.Value.Dev, _lessons.Value.States,
                seed, Path.Combine(run, folder), checkpoints, device, progress, cancellation);
        });
        return _done[seed] = (folder, result);
    }

    private (IReadOnlyList<string>, IReadOnlyList<string>, PooledStates?) Lessons(IProgress<StageProgress>? progress)
    {
        if (recipe.WarmUp.Task != WarmUpTask.PooledState)
            return (texts, dev, null);
        (int[] rows, MappedArray<float> states, int width) = States(texts);
        (int[] devRows, MappedArray<float> devStates, _) = States(dev);
        if (rows.Length == 0 || devRows.Length == 0)
            throw Without("the teacher that stores them has labelled no text of the transfer set, or none of dev");
        progress?.Report(StageProgress.Note("warm-up", FormattableString.Invariant($"pooled states of {rows.Length:N0} of {texts.Count:N0} texts")));
        return (new ChosenTexts(texts, rows), new ChosenTexts(dev, devRows), new PooledStates(width, Reader(states), Reader(devStates)));

        Func<int[], float[]> Reader(MappedArray<float> all) => wanted =>
        {
            float[] found = new float[wanted.Length * width];
            for (int k = 0; k < wanted.Length; k++)
                all.Slice((long)wanted[k] * width, width).CopyTo(found.AsSpan(k * width));
            return found;
        };
    }

    private (int[] Rows, MappedArray<float> States, int Width) States(IReadOnlyList<string> of)
    {
        (int[] Rows, MappedArray<float> States, int Width) found = panel.PooledStates(of, run) ?? throw Without("no teacher stores pooled states");
        _states.Add(found.States);
        return found;
    }

    private static UsageException Without(string reason) => new($"warm_up.task is pooled_state, and {reason}: "
        + "expected a teacher that is a model, with signals.pooled_state mean or cls; or masked_tokens or views, which need no teacher")
    { Key = "warm_up.task" };

    public void Dispose() => _states.ForEach(states => states.Dispose());
}
