namespace Retort.Cli;

/// <summary>Rate and time left of one stage, from its reports.</summary>
internal sealed class ProgressRate(TimeProvider clock)
{
    /// <summary>Old reports stop to count after this long, so that the rate follows what happens now.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly Queue<(long Time, long Done)> _reports = new();

    /// <summary>Units a second over the last reports; null before there are two.</summary>
    public double? PerSecond { get; private set; }

    public TimeSpan? Left(long done, long total) =>
        PerSecond is > 0 ? TimeSpan.FromSeconds(Math.Min((total - done) / PerSecond.Value, TimeSpan.FromDays(999).TotalSeconds)) : null;

    public void Add(long done)
    {
        long now = clock.GetTimestamp();
        // A count that falls back is a new pass: what came before says nothing of it.
        if (_reports.Count > 0 && done < _reports.Last().Done)
            _reports.Clear();
        _reports.Enqueue((now, done));
        while (_reports.Count > 2 && clock.GetElapsedTime(_reports.Peek().Time, now) > Window)
            _reports.Dequeue();
        TimeSpan span = clock.GetElapsedTime(_reports.Peek().Time, now);
        PerSecond = span > TimeSpan.Zero ? (done - _reports.Peek().Done) / span.TotalSeconds : PerSecond;
    }
}
