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

    private static readonly Lock Gate = new();
    private static int _users;

    [ThreadStatic]
    private static CollectionPause? _ofThread;

    private long _allocated;
    private int _within;

    private CollectionPause()
    {
    }

    /// <summary>
    /// Begins on this thread, which also disposes of it; <see cref="BetweenSteps"/> is to be called before each step. What begins within another, as the
    /// looks of a training do, goes on with that one.
    /// </summary>
    public static CollectionPause Begin()
    {
        if (_ofThread is { } around)
        {
            around._within++;
            return around;
        }
        lock (Gate)
            _users++;
        return _ofThread = new CollectionPause();
    }

    /// <summary>Whether collections are kept away now.</summary>
    internal static bool IsOn => GCSettings.LatencyMode == GCLatencyMode.NoGCRegion;

    /// <summary>Collects garbage if half of what may be allocated is, or if a collection came all the same.</summary>
    public void BetweenSteps()
    {
        lock (Gate)
        {
            if (IsOn && _users == 1 && GC.GetTotalAllocatedBytes() - _allocated < Budget / 2)
                return;
            End();
            if (_users > 1)
                return;
            GC.Collect();
            GC.TryStartNoGCRegion(Budget);
            _allocated = GC.GetTotalAllocatedBytes();
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
