using Retort.Runs;
using Spectre.Console;

namespace Retort.Cli;

/// <summary>Progress for a person at a terminal: a bar for each stage, with rate and time left; messages scroll above.</summary>
internal sealed class LiveProgress(IAnsiConsole console, ProgressContext bars, TimeProvider clock) : IProgress<StageProgress>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (ProgressRate Rate, ProgressTask Bar)> _stages = new(StringComparer.Ordinal);

    public void Report(StageProgress value)
    {
        lock (_lock)
        {
            if (value.Message is not null)
                console.MarkupLineInterpolated($"[blue]{value.Stage}[/] {value.Message}");
            if (value.Total <= 0)
                return;
            if (!_stages.TryGetValue(value.Stage, out (ProgressRate Rate, ProgressTask Bar) stage))
                _stages[value.Stage] = stage = (new(clock), bars.AddTask(Markup.Escape(value.Stage)));
            stage.Rate.Add(value.Done);
            stage.Bar.MaxValue = value.Total;
            stage.Bar.Value = value.Done;
            stage.Bar.Description = Markup.Escape($"{value.Stage} {ProgressText.Of(value, stage.Rate)}");
        }
    }
}
