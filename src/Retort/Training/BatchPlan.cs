using Retort.Runs;

namespace Retort.Training;

/// <summary>
/// Which texts go together at which step: a function of the seed and the epoch alone, so that an interrupted training
/// goes on as it would have. Texts of like length share a batch, for padding is wasted work.
/// </summary>
public sealed class BatchPlan : IBatchPlan
{
    private const int BatchesPerPool = 64;

    private readonly IReadOnlyList<int> _lengths;
    private readonly int _batchSize;
    private readonly int _seed;
    private int _plannedEpoch = -1;
    private int[][] _planned = [];

    /// <param name="lengths">The length of each text, in tokens.</param>
    /// <param name="batchSize">Texts a batch; an epoch's last batch may be smaller.</param>
    /// <param name="seed">The seed of the order.</param>
    public BatchPlan(IReadOnlyList<int> lengths, int batchSize, int seed)
    {
        (_lengths, _batchSize, _seed) = (lengths, batchSize, seed);
        StepsPerEpoch = (lengths.Count + batchSize - 1) / batchSize;
    }

    public int StepsPerEpoch { get; }

    public int[] Batch(TrainingState state) => Batch(state.Step);

    /// <summary>The indices of the texts of a step.</summary>
    public int[] Batch(long step)
    {
        int epoch = (int)(step / StepsPerEpoch);
        if (epoch != _plannedEpoch)
            (_plannedEpoch, _planned) = (epoch, Plan(epoch));
        return _planned[step % StepsPerEpoch];
    }

    private int[][] Plan(int epoch)
    {
        var random = new SeededRandom(_seed, epoch);
        int[] order = Enumerable.Range(0, _lengths.Count).ToArray();
        random.Shuffle<int>(order);
        int pool = _batchSize * BatchesPerPool;
        for (int start = 0; start < order.Length; start += pool)
        {
            Span<int> part = order.AsSpan(start, Math.Min(pool, order.Length - start));
            part.Sort((a, b) => _lengths[a] != _lengths[b] ? _lengths[a].CompareTo(_lengths[b]) : a.CompareTo(b));
        }
        int[][] batches = order.Chunk(_batchSize).ToArray();
        random.Shuffle<int[]>(batches);
        return batches;
    }
}
