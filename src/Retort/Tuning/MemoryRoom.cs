namespace Retort.Tuning;

/// <summary>Whether one trial more fits within the machine's memory.</summary>
internal static class MemoryRoom
{
    /// <summary>Of what is free, this share is left alone.</summary>
    private const double Reserve = 0.1;

    /// <param name="free">Bytes that are free now.</param>
    /// <param name="peak">Bytes that a trial takes at most.</param>
    /// <param name="held">Bytes that each running trial holds now: it may yet grow to the peak.</param>
    public static bool HasRoom(double free, double peak, IEnumerable<double> held) =>
        free * (1 - Reserve) - held.Sum(now => Math.Max(0, peak - now)) >= peak;

    /// <summary>Bytes that are free on this machine, or in this container.</summary>
    public static double Free()
    {
        // The runtime looks at the machine when it collects.
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
    }
}
