using System.Runtime;

namespace Retort.Training;

/// <summary>
/// Keeps the garbage collector away while a step of a training, or a batch that is labelled, is computed. An operator of TorchSharp that takes a number wraps it in an object that nothing refers to any
/// more once its native half is handed to libtorch: a collection at that moment frees what libtorch is reading (TorchSharp 0.107). So garbage is
/// collected between steps. Where several threads of one process compute so there is no such moment, and nothing is paused.
/// </summary>
internal sealed class CollectionPause : IDisposable
{
    /// <summary>What may be allocated without a collection; a step takes a few megabytes.</summary>
    private const long Budget = 96 << 20;

    /// <summary>Garbage is not left lying for longer, however little it is: each wrapped number holds a piece of libtorch's memory, next to which nothing large fits any more.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static readonly Lock Gate = new();
    private static int _users;

    [ThreadStatic]
    private static CollectionPause? _ofThread;

    private readonly TimeProvider _clock;
    private long _allocated, _collected;
    private int _within;

    private CollectionPause(TimeProvider clock) => _clock = clock;

    /// <summary>
    /// Begins on this thread, which also disposes of it; <see cref="BetweenSteps"/> is to be called before each step. What begins within another, as the
    /// looks of a training do, goes on with that one.
    /// </summary>
    /// <param name="clock">Null: the system's.</param>
    public static CollectionPause Begin(TimeProvider? clock = null)
    {
        if (_ofThread is { } around)
        {
            around._within++;
            return around;
        }
        lock (Gate)
            _users++;
        return _ofThread = new CollectionPause(clock ?? TimeProvider.System);
    }

    /// <summary>Whether collections are kept away now.</summary>
    internal static bool IsOn => GCSettings.LatencyMode == GCLatencyMode.NoGCRegion;

    /// <summary>Collects garbage if half of what may be allocated is, if the last collection is long ago, or if one came all the same.</summary>
    public void BetweenSteps()
    {
        lock (Gate)
        {
            if (IsOn && _users == 1 && GC.GetTotalAllocatedBytes() - _allocated < Budget / 2 && _clock.GetElapsedTime(_collected) < Longest)
                return;
            End();
            if (_users > 1)
                return;
            GC.Collect();
            GC.TryStartNoGCRegion(Budget);
            (_allocated, _collected) = (GC.GetTotalAllocatedBytes(), _clock.GetTimestamp());
        }
    }

    public void Dispose()
    {
        if (_within-- > 0)
            return;
        _ofThread = null;
        lock (Gate)
        {
            End();
            _users--;
        }
    }

    // A collection that came all the same has ended it.
    private static void End()
    {
        if (IsOn)
            GC.EndNoGCRegion();
    }
}
