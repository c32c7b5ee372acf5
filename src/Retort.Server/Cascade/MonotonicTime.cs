namespace Retort.Server.Cascade;

/// <summary>A clock that nobody can set: the time when it began, and what has passed since by a clock that only runs. A jump of the wall clock neither breaks a circuit nor keeps it broken.</summary>
/// <param name="wall">The machine's.</param>
internal sealed class MonotonicTime(TimeProvider wall) : TimeProvider
{
    private readonly DateTimeOffset _start = wall.GetUtcNow();
    private readonly long _began = wall.GetTimestamp();

    public override long TimestampFrequency => wall.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _start + wall.GetElapsedTime(_began);

    public override long GetTimestamp() => wall.GetTimestamp();
}
