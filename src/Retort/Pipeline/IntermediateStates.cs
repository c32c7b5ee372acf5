using System.Globalization;
using Retort.Distillation;
using Retort.Distillation.Alignment;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Signals;
using Retort.Signals.Intermediate;
using Retort.Teachers;
using Retort.Teachers.Encoders;

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
    /// <param name="student">The student's shape.</param>
    /// <param name="panel">Whose inside.</param>
    /// <param name="progress">Told of what is computed.</param>
    /// <param name="cancellation">Stops between shards.</param>
    /// <exception cref="UsageException">The teacher does not have what is asked for, or the cache would be too large.</exception>
    public IntermediateStates(Recipe recipe, string run, IReadOnlyList<string> texts, StudentShape student, TeacherPanel panel, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        (Teacher teacher, SignalSource signals) = panel.Transparent ?? throw Opaque(recipe);
        (_teacher, _texts, _batchTokens) = (teacher, texts, recipe.Labelling.BatchTokens);
        IntermediateLayers layers = Wanted(recipe, teacher.Config);
        RequireOneWindow(recipe, teacher.Encoder.LongText);
        RequireWidths(recipe, student, teacher.Config);
        _source = new IntermediateTeacher(teacher, layers);
        var source = new IntermediateSource(signals, layers, teacher.Config.Hidden, recipe.Intermediate.Precision);
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

    /// <summary>What of an encoder a recipe asks for.</summary>
    /// <exception cref="UsageException">The encoder does not have it.</exception>
    public static IntermediateLayers Wanted(Recipe recipe, EncoderConfig config)
    {
        DistillationOptions weights = recipe.Distillation;
        return new IntermediateLayers(
            recipe.NeedsLowerLayers ? Layers("hidden.layers", recipe.Hidden.Layers, 0) : [],
            recipe.NeedsLowerLayers ? recipe.Labelling.PooledState : PooledState.None,
            weights.TokenHiddenWeight > 0 ? Layers("token_hidden.layers", recipe.TokenHidden.Layers, 0) : [],
            weights.AttentionWeight > 0 ? Layers("attention.layers", recipe.Attention.Layers, 1) : [],
            weights.AttentionWeight > 0 ? Heads() : [],
            weights.AttentionWeight > 0 && recipe.Attention.Loss == AttentionLoss.MseLogits);

        int[] Layers(string key, int[] layers, int first)
        {
            int[] found = Array.ConvertAll(layers, layer => IntermediateLayers.Resolve(layer, config) is { } at && at >= first ? at
                : throw new UsageException($"{key} holds {layer}, and the teacher has {config.Layers} layers: expected {first} to {config.Layers}, or -1 (the last) to {first - config.Layers - 1}") { Key = key });
            return found.Distinct().Count() == found.Length ? found
                : throw new UsageException($"{key} holds {string.Join(", ", layers)}, and the teacher has {config.Layers} layers: two of these are the same") { Key = key };
        }

        int[] Heads() => Array.TrueForAll(recipe.Attention.Heads, head => head < config.Heads) ? recipe.Attention.Heads
            : throw new UsageException($"attention.heads holds {recipe.Attention.Heads.Max()}, and each of the teacher's layers has {config.Heads} heads: expected 0 to {config.Heads - 1}") { Key = "attention.heads" };
    }

    /// <summary>What would else be found out after an hour of teaching.</summary>
    /// <param name="recipe">The options.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="train">Texts that others may be made from.</param>
    /// <param name="unlabelled">Further texts of the transfer set.</param>
    /// <param name="resolve">Finds a named model.</param>
    /// <param name="progress">Told what an encoder that is still to be fine-tuned will have to write.</param>
    /// <param name="cancellation">Stops the reading of texts.</param>
    /// <exception cref="UsageException">No teacher has what is asked for, or it would be too much.</exception>
    public static void Require(Recipe recipe, string run, IReadOnlyList<string> train, IReadOnlyList<string> unlabelled, Func<string, string> resolve, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        StudentShape student = recipe.Student.ToShape(vocabularySize: 1, classes: 2, sourceWidth: 0);
        foreach (NamedTeacher source in recipe.Teacher.Parsed())
        {
            if (source.Kind == TeacherKind.FineTuned)
            {
                string encoder = resolve(recipe.Teacher.Encoder);
                EncoderConfig config = EncoderConfig.Load(encoder).Cut(recipe.Teacher.Layers);
                IntermediateShape shape = Wanted(recipe, config).Shape(config.Hidden);
                RequireOneWindow(recipe, recipe.Teacher.LongText);
                RequireWidths(recipe, student, config);
                // One that has been fine-tuned may have written them already.
                if (recipe.Intermediate.Storage == IntermediateStorage.Cache && !Directory.Exists(Path.Combine(run, "teacher")))
                    Foretell(recipe, run, new TextEncoder(TeacherFolder.LoadTokenizer(encoder, config), recipe.Teacher.MaxLength, recipe.Teacher.LongText), shape, train, unlabelled, progress, cancellation);
                return;
            }
            if (source.Kind == TeacherKind.Model && resolve(source.Place) is var folder && OnnxTeacherFiles.Find(folder) is null)
            {
                EncoderConfig config = EncoderConfig.Load(folder);
                Wanted(recipe, config);
                RequireWidths(recipe, student, config);
                return;
            }
        }
        throw Opaque(recipe);
    }

    private static void RequireWidths(Recipe recipe, StudentShape student, EncoderConfig config)
    {
        if (recipe.NeedsLowerLayers)
            recipe.Hidden.RequireWidth("hidden", "pooled features", student.PooledWidth, config.Hidden);
        if (recipe.Distillation.TokenHiddenWeight > 0)
            recipe.TokenHidden.RequireWidth("token_hidden", "features at each position", student.MapWidth, config.Hidden);
    }

    /// <summary>Says how much will be written, and refuses what is too much; a text that is made from one of train is taken to be as long.</summary>
    private static void Foretell(Recipe recipe, string run, TextEncoder encoder, IntermediateShape shape, IReadOnlyList<string> train, IReadOnlyList<string> unlabelled, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        long BytesOf(IEnumerable<string> some) => some.Chunk(recipe.Labelling.ShardSize).Sum(block =>
            encoder.EncodeAll(block, cancellation).Sum(text => IntermediateSource.Bytes(shape, recipe.Intermediate.Precision, InWindows(text))));
        int times = 1 + recipe.Augmentation.Copies;
        long texts = (long)times * train.Count + unlabelled.Count, bytes = times * BytesOf(train) + BytesOf(unlabelled);
        string folder = TeacherPanel.CacheOf(recipe, run);
        RequireRoom(recipe.Intermediate.Budget, bytes, 0, new DriveInfo(Directory.CreateDirectory(folder).FullName).AvailableFreeSpace, folder);
        progress?.Report(StageProgress.Note("label", Line($"intermediate signals of {texts:N0} texts will take up some {Size(bytes)}; --online computes them at every step instead")));
    }

    private static int InWindows(EncodedText text) => text.Windows.Sum(window => window.Length - 2);

    private static UsageException Opaque(Recipe recipe)
    {
        string reason = recipe.Distillation.TokenHiddenWeight > 0 ? "distillation.token_hidden_weight is above 0"
            : recipe.Distillation.AttentionWeight > 0 ? "distillation.attention_weight is above 0" : "hidden.layers names others than the last";
        return new UsageException($"{reason}, and no teacher can be looked into: expected fine_tuned or a Hugging Face folder among teacher.sources; an ONNX file, a file of signals and a command show the last layer at most")
        { Key = reason.Split(' ')[0] };
    }

    private static void RequireOneWindow(Recipe recipe, LongText longText)
    {
        if (recipe.Distillation.AttentionWeight > 0 && longText == LongText.WindowsMean)
        {
            throw new UsageException("distillation.attention_weight is above 0, and the teacher reads long texts in several windows (long_text windows_mean), which do not attend to each other: expected head or head_tail, or a weight of 0")
            { Key = "distillation.attention_weight" };
        }
    }

    private void Fill(IntermediateOptions options, int shardSize, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        string[] lacking = [.. _texts.Where(text => !_cache!.Contains(text)).Distinct(StringComparer.Ordinal)];
        if (lacking.Length == 0)
            return;
        var tokens = new List<int>(lacking.Length);
        foreach (string[] block in lacking.Chunk(shardSize))
            tokens.AddRange(_teacher.Encoder.EncodeAll(block, cancellation).Select(InWindows));
        long bytes = tokens.Sum(_cache!.Source.Bytes), there = Directory.GetFiles(_cache.Folder).Sum(file => new FileInfo(file).Length);
        RequireRoom(options.Budget, bytes, there, new DriveInfo(_cache.Folder).AvailableFreeSpace, _cache.Folder);
        progress?.Report(StageProgress.Note("label", Line($"intermediate signals of {lacking.Length:N0} texts: {Size(bytes)} in {_cache.Folder}; --online computes them at every step instead")));
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

    /// <param name="budget">Most gigabytes.</param>
    /// <param name="bytes">What will be written.</param>
    /// <param name="there">What stands in the folder.</param>
    /// <param name="free">What the disk has left.</param>
    /// <param name="folder">Where it will be written.</param>
    /// <exception cref="UsageException">It is too much.</exception>
    internal static void RequireRoom(double budget, long bytes, long there, long free, string folder)
    {
        string cure = "fewer layers, intermediate.precision int8, or --online, which computes them at every step";
        if (bytes + there > budget * 1e9)
        {
            throw new UsageException(Line($"intermediate.budget is {budget} GB, and the intermediate signals of these texts take up {Size(bytes + there)}: expected a larger budget, {cure}"))
            { Key = "intermediate.budget" };
        }
        if (bytes > free)
        {
            throw new UsageException($"the intermediate signals of these texts take up {Size(bytes)}, and the disk of {folder} has {Size(free)} left: expected another signals.cache, {cure}")
            { Key = "intermediate.storage" };
        }
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

    private static string Size(long bytes) => bytes >= 1_000_000_000 ? Line($"{bytes / 1e9:0.0} GB") : Line($"{bytes / 1e6:0.0} MB");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
