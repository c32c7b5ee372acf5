namespace Retort.Server.Cascade;

/// <summary>A clock that nobody can set: the machine's time when the process began, and what has passed since. A jump of the wall clock neither breaks a circuit nor keeps it broken.</summary>
internal sealed class MonotonicTime : TimeProvider
{
    private readonly DateTimeOffset _start = System.GetUtcNow();
    private readonly long _began = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _start + System.GetElapsedTime(_began);
}
