using Retort.Data;
using Retort.Distillation.Alignment;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>The pooled states of a transfer set that students are aligned with, in a file that is gone when it is closed.</summary>
internal sealed class HiddenStates : IDisposable
{
    private readonly MappedArray<float>? _states;

    /// <param name="recipe">The options.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="texts">The transfer set.</param>
    /// <param name="panel">Whose states.</param>
    /// <exception cref="UsageException">No text has a state.</exception>
    public HiddenStates(Recipe recipe, string run, IReadOnlyList<string> texts, TeacherPanel panel)
    {
        if (recipe.Distillation.HiddenWeight == 0)
            return;
        int[] known = panel.PooledRows(texts);
        if (panel.PooledWidth == 0 || known.Length == 0)
        {
            throw new UsageException($"distillation.hidden_weight is above 0, and {(panel.PooledWidth == 0 ? "no teacher stores pooled states" : "the teacher that stores them has labelled no text of the transfer set")}: "
                + "expected a teacher that gives pooled states, or a weight of 0")
            { Key = "distillation.hidden_weight" };
        }
        _states = panel.PooledStates(new ChosenTexts(texts, known), run);
        int width = panel.PooledWidth;
        Input = new HiddenInput(recipe.Hidden, width, known, rows => _states.Rows(rows, width));
    }

    /// <summary>Null where the recipe aligns nothing.</summary>
    public HiddenInput? Input { get; }

    public void Dispose() => _states?.Dispose();
}
