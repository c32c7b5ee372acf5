using System.Runtime.ExceptionServices;

namespace Retort.Runtime.Kernels;

/// <summary>Spreads work over threads, each of which takes the next share when it is done with one.</summary>
internal static class Batch
{
    /// <param name="count">Items.</param>
    /// <param name="share">Items that a thread takes at once.</param>
    /// <param name="threads">The most threads, this one included.</param>
    /// <param name="newWorker">Called once a thread: what it does with an item, with buffers of its own.</param>
    /// <remarks>What a worker throws first ends the work and is thrown on as it is.</remarks>
    public static void Run(int count, int share, int threads, Func<Action<int>> newWorker)
    {
        int next = 0, shares = (count + share - 1) / share;
        ExceptionDispatchInfo? failure = null;
        Task[] others = [.. Enumerable.Range(1, Math.Max(0, Math.Min(threads, shares) - 1)).Select(_ => Task.Run(Work))];
        Work();
        Task.WaitAll(others);
        failure?.Throw();

        void Work()
        {
            try
            {
                Action<int> worker = newWorker();
                for (int mine; (mine = Interlocked.Increment(ref next) - 1) < shares;)
                {
                    for (int k = mine * share; k < Math.Min(count, (mine + 1) * share); k++)
                        worker(k);
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                Volatile.Write(ref next, shares);
            }
        }
    }
}
