namespace Retort.Runtime.Kernels;

/// <summary>Spreads work over threads in small shares, so that long texts at one end keep nobody waiting.</summary>
internal static class Batch
{
    private const int Share = 64;

    public static void Run(int count, int threads, Action<int> work)
    {
        if (threads == 1 || count <= Share)
        {
            for (int k = 0; k < count; k++)
                work(k);
            return;
        }
        int shares = (count + Share - 1) / Share;
        Parallel.For(0, shares, new ParallelOptions { MaxDegreeOfParallelism = threads }, share =>
        {
            for (int k = share * Share; k < Math.Min(count, (share + 1) * Share); k++)
                work(k);
        });
    }
}
