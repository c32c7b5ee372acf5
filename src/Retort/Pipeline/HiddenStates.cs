using Retort.Data;
using Retort.Distillation.Alignment;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>The teacher's states and attention that students are aligned with. Its files are gone, or closed, with it.</summary>
internal sealed class HiddenStates : IDisposable
{
    private readonly MappedArray<float>? _states;
    private readonly IntermediateStates? _intermediate;

    /// <param name="recipe">The options.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="texts">The transfer set.</param>
    /// <param name="panel">Whose states.</param>
    /// <param name="progress">Told of what is computed for it.</param>
    /// <param name="cancellation">Stops that.</param>
    /// <exception cref="UsageException">No text has a state, or the teacher does not have what is asked for.</exception>
    public HiddenStates(Recipe recipe, string run, IReadOnlyList<string> texts, TeacherPanel panel, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        recipe = TeacherInside.Resolved(recipe, panel.PooledConfig);
        if (recipe.NeedsIntermediate)
        {
            _intermediate = new IntermediateStates(recipe, run, texts, panel, progress, cancellation);
            (Pooled, Tokens) = (_intermediate.Pooled, _intermediate.Tokens);
        }
        if (recipe.Distillation.HiddenWeight == 0 || recipe.NeedsLowerLayers)
            return;
        try
        {
            int[] known = Known(texts, panel);
            _states = panel.PooledStates(new ChosenTexts(texts, known), run);
            int width = panel.PooledWidth;
            Pooled = new HiddenInput(recipe.Hidden, width, known, rows => _states.Rows(rows, width));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Null where the recipe aligns no pooled features.</summary>
    public HiddenInput? Pooled { get; }

    /// <summary>Null where the recipe aligns no feature map.</summary>
    public TokenInput? Tokens { get; }

    /// <summary>What of a teacher's inside the students of this run depend on; null: of nothing that is not among its signals.</summary>
    public string? Fingerprint => _intermediate?.Fingerprint;

    private static int[] Known(IReadOnlyList<string> texts, TeacherPanel panel) =>
        panel.PooledRows(texts) is { Length: > 0 } known ? known : throw TeacherInside.WithoutStates("the teacher that stores them has labelled no text of the transfer set");

    public void Dispose()
    {
        _states?.Dispose();
        _intermediate?.Dispose();
    }
}
