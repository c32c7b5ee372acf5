using Retort.Distillation.Alignment;
using Retort.Runs;
using Retort.Signals;
using Retort.Signals.Intermediate;
using Retort.Teachers;

namespace Retort.Pipeline;

/// <summary>What goes on within a teacher on the texts of a transfer set: from a cache that is filled before the training, or from the teacher at every step.</summary>
internal sealed class IntermediateStates : IDisposable
{
    /// <summary>Of a shard: 256 MB as F32.</summary>
    private const long MostNumbers = 1 << 26;

    private readonly Teacher _teacher;
    private readonly IReadOnlyList<string> _texts;
    private readonly IntermediateTeacher _source;
    private readonly IntermediateCache? _cache;
    private readonly int _batchTokens;
    private (int[] Rows, IntermediateSignal[] Signals) _last = ([], []);

    /// <param name="recipe">The options.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="texts">The transfer set.</param>
    /// <param name="panel">Whose inside.</param>
    /// <param name="progress">Told of what is computed.</param>
    /// <param name="cancellation">Stops between shards.</param>
    /// <exception cref="UsageException">The teacher does not have what is asked for, or the cache would be too large.</exception>
    public IntermediateStates(Recipe recipe, string run, IReadOnlyList<string> texts, TeacherPanel panel, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        (Teacher teacher, SignalSource signals) = panel.Transparent ?? throw TeacherInside.Opaque(recipe);
        (_teacher, _texts, _batchTokens) = (teacher, texts, recipe.Labelling.BatchTokens);
        IntermediateSource source = TeacherInside.SourceOf(recipe, teacher, signals);
        _source = new IntermediateTeacher(teacher, source.Layers);
        Fingerprint = $"{source.Fingerprint} {recipe.Intermediate.Storage}";
        if (recipe.Intermediate.Storage == IntermediateStorage.Cache)
        {
            string folder = TeacherPanel.CacheOf(recipe, run);
            // Trials of a study share the cache.
            using FileStream alone = FolderLock.Take(folder, progress, "label", cancellation);
            _cache = IntermediateCache.Open(folder, source);
            try
            {
                Fill(recipe.Intermediate, recipe.Labelling.ShardSize, progress, cancellation);
            }
            catch
            {
                _cache.Dispose();
                throw;
            }
        }
        if (recipe.NeedsLowerLayers)
            Pooled = new HiddenInput(recipe.Hidden, teacher.Config.Hidden, [.. Enumerable.Range(0, texts.Count)], ReadPooled);
        if (recipe.Distillation is { TokenHiddenWeight: > 0 } or { AttentionWeight: > 0 })
        {
            Tokens = new TokenInput(recipe.Distillation.TokenHiddenWeight > 0 ? recipe.TokenHidden : null,
                recipe.Distillation.AttentionWeight > 0 ? recipe.Attention : null, source.Shape, ReadTokens);
        }
    }

    public HiddenInput? Pooled { get; }

    public TokenInput? Tokens { get; }

    public string Fingerprint { get; }

    public void Dispose() => _cache?.Dispose();

    private void Fill(IntermediateOptions options, int shardSize, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        string[] lacking = [.. _texts.Where(text => !_cache!.Contains(text)).Distinct(StringComparer.Ordinal)];
        if (lacking.Length == 0)
            return;
        var tokens = new List<int>(lacking.Length);
        foreach (string[] block in lacking.Chunk(shardSize))
            tokens.AddRange(_teacher.Encoder.EncodeAll(block, cancellation).Select(IntermediateForecast.Tokens));
        long bytes = tokens.Sum(_cache!.Source.Bytes);
        IntermediateForecast.RequireRoom(options.Budget, bytes, _cache.Size, _cache.Folder);
        progress?.Report(StageProgress.Note("label", FormattableString.Invariant($"intermediate signals of {lacking.Length:N0} texts: {IntermediateForecast.Size(bytes)} in {_cache.Folder}; --online computes them at every step instead")));
        int done = 0;
        for (int start = 0; start < lacking.Length;)
        {
            string[] shard = lacking[start..ShardEnd(tokens, start, shardSize)];
            IntermediateSignal[] signals = _source.Of(_teacher.Encoder.EncodeAll(shard, cancellation), _batchTokens, more =>
            {
                done += more;
                progress?.Report(new StageProgress("label", done, lacking.Length, "texts"));
            }, cancellation);
            _cache.Append(shard, signals);
            start += shard.Length;
        }
    }

    // A shard is held in memory before it is written, as F32.
    private int ShardEnd(List<int> tokens, int start, int shardSize)
    {
        int end = start + 1;
        for (long numbers = _source.Shape.Count(tokens[start]); end < tokens.Count && end - start < shardSize; end++)
        {
            numbers += _source.Shape.Count(tokens[end]);
            if (numbers > MostNumbers)
                break;
        }
        return end;
    }

    private float[] ReadPooled(int[] rows) => [.. Signals(rows).SelectMany(signal => signal.Pooled.ToArray())];

    private TeacherTokens[] ReadTokens(int[] rows)
    {
        IntermediateSignal[] signals = Signals(rows);
        return [.. rows.Select((row, k) => new TeacherTokens(_teacher.Encoder.Locate(_texts[row]), signals[k]))];
    }

    // Pooled states and tokens are asked for by the same batch.
    private IntermediateSignal[] Signals(int[] rows)
    {
        if (!rows.AsSpan().SequenceEqual(_last.Rows))
        {
            string[] texts = Array.ConvertAll(rows, row => _texts[row]);
            _last = (rows, _cache is not null ? Array.ConvertAll(texts, _cache.Read) : _source.Of(_teacher.Encoder.EncodeAll(texts), _batchTokens));
        }
        return _last.Signals;
    }
}
