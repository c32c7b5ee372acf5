using Retort.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

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
                console.Write(new OverBars(Markup.FromInterpolated($"[blue]{value.Stage}[/] {value.Message}\n")));
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

    /// <summary>A message is written where the bars stand, which are drawn anew below it: what it does not cover of them has to go.</summary>
    private sealed class OverBars(IRenderable message) : Renderable
    {
        private const string EraseBelow = "\u001b[0J";

        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            message.Render(options, maxWidth).Prepend(Segment.Control(EraseBelow));
    }
}
