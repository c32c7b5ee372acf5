namespace Retort.Cli;

/// <summary>Rate and time left of one stage, from its reports.</summary>
internal sealed class ProgressRate(TimeProvider clock)
{
    /// <summary>What was done longer ago no longer counts, so that the rate follows what happens now; but of what comes rarely the last few count.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private const int Few = 8;

    private readonly List<(long Time, long Done)> _reports = [];

    /// <summary>Units a second over the last reports; null before there are two.</summary>
    public double? PerSecond { get; private set; }

    /// <summary>The timestamp of the first report of this pass.</summary>
    public long Began { get; private set; }

    public TimeSpan? Left(long done, long total) =>
        PerSecond is > 0 ? TimeSpan.FromSeconds(Math.Min((total - done) / PerSecond.Value, TimeSpan.FromDays(999).TotalSeconds)) : null;

    public void Add(long done)
    {
        long now = clock.GetTimestamp();
        // A count that falls back is a new pass: what came before says nothing of it.
        if (_reports.Count > 0 && done < _reports[^1].Done)
            _reports.Clear();
        if (_reports.Count == 0)
            Began = now;
        if (_reports.Count == 0 || done > _reports[^1].Done)
            _reports.Add((now, done));
        while (_reports.Count > Few && clock.GetElapsedTime(_reports[1].Time, now) > Window)
            _reports.RemoveAt(0);
        TimeSpan span = clock.GetElapsedTime(_reports[0].Time, now);
        PerSecond = span > TimeSpan.Zero ? (done - _reports[0].Done) / span.TotalSeconds : PerSecond;
    }
}
