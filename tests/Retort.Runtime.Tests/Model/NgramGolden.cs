namespace Retort.Runtime.Tests.Model;

/// <summary>Buckets of n-grams, for every implementation of the hash.</summary>
internal static class NgramGolden
{
    // From the formula in the comment of NgramHash, computed with unbounded integers:
    // python3 -c "print(sum((i+1)*p for i,p in zip(IDS,(2654435761,2246822519,3266489917)))%(2**31-1)%BUCKETS)"
    public static TheoryData<int, long, int[]> Rows { get; } = new()
    {
        { 131072, 82986, [0, 0] },
        { 131072, 21196, [1, 2] },
        { 131072, 518, [2, 1] },
        { 131072, 114745, [30521, 7] },
        { 131072, 66142, [16777214, 16777214] },
        { 131072, 127592, [0, 0, 0] },
        { 131072, 68550, [1, 2, 3] },
        { 131072, 65803, [1, 2, 0] },
        { 131072, 77090, [30521, 7, 101] },
        { 131072, 113020, [16777214, 16777214, 16777214] },
        { 1000, 844, [1, 2] },
        { 1000, 318, [3, 2, 1] },
        { 64, 57, [30521, 7] },
        { 64, 34, [30521, 7, 101] },
    };
}
