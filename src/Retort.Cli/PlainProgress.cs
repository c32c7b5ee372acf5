using System.Globalization;
using Retort.Runs;

namespace Retort.Cli;

/// <summary>Progress where nobody watches: a line with the time for each message, and one for the count every ten seconds, or, later, whenever a twentieth more of the time has passed.</summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider clock) : IProgress<StageProgress>
{
    private const double Share = 0.05;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (ProgressRate Rate, long Shown)> _stages = new(StringComparer.Ordinal);

    public void Report(StageProgress value)
    {
        lock (_lock)
        {
            if (value.Message is not null)
                Write(value.Stage, value.Message);
            if (value.Total <= 0)
                return;
            long now = clock.GetTimestamp();
            (ProgressRate rate, long shown) = _stages.GetValueOrDefault(value.Stage, (new(clock), now));
            rate.Add(value.Done);
            TimeSpan pause = clock.GetElapsedTime(rate.Began, now) * Share;
            if (value.Done >= value.Total || clock.GetElapsedTime(shown, now) >= (pause > Pause ? pause : Pause))
            {
                Write(value.Stage, ProgressText.Of(value, rate));
                shown = now;
            }
            _stages[value.Stage] = (rate, shown);
        }
    }

    private void Write(string stage, string text)
    {
        string time = clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        output.WriteLine($"{time} {stage}: {text}");
    }
}
