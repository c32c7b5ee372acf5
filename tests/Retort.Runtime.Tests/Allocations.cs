namespace Retort.Runtime.Tests;

/// <summary>What a text takes from the heap.</summary>
internal static class Allocations
{
    private const int Times = 5;

    /// <summary>
    /// The least bytes that some work allocates on this thread, of several times. The JIT replaces a method while its loop runs, and may allocate on this thread: once, not at every text.
    /// </summary>
    public static long Least(Action work) => Enumerable.Range(0, Times).Min(_ =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
