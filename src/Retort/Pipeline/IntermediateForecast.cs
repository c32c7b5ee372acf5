using Retort.Runs;
using Retort.Signals;
using Retort.Signals.Intermediate;
using Retort.Teachers;
using Retort.Teachers.Encoders;

namespace Retort.Pipeline;

/// <summary>How much of a teacher's inside will be written: told, and refused where it is too much, before anything is taught or labelled for it.</summary>
/// <param name="recipe">The options.</param>
/// <param name="run">The run's folder.</param>
/// <param name="train">Texts that others may be made from.</param>
/// <param name="unlabelled">Further texts of the transfer set.</param>
/// <param name="progress">Told how much it will be.</param>
/// <param name="cancellation">Stops the reading of texts.</param>
internal sealed class IntermediateForecast(Recipe recipe, string run, IReadOnlyList<string> train, IReadOnlyList<string> unlabelled, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    private readonly string _cache = TeacherPanel.CacheOf(recipe, run);

    /// <summary>Of an encoder that is still to be fine-tuned; a text that is made from one of train is taken to be as long.</summary>
    /// <param name="resolve">Finds a named model.</param>
    /// <returns>Whether it is that encoder which will be looked into.</returns>
    /// <exception cref="UsageException">It is too much.</exception>
    public bool OfEncoder(Func<string, string> resolve)
    {
        if (TeacherInside.Find(recipe, resolve) is not { IsTaught: true } found || Resolved(found.Storing) is not { } wanted)
            return false;
        IntermediateShape shape = TeacherInside.Wanted(wanted, found.Config).Shape(found.Config.Hidden);
        var encoder = new TextEncoder(TeacherFolder.LoadTokenizer(resolve(recipe.Teacher.Encoder), found.Config), recipe.Teacher.MaxLength, recipe.Teacher.LongText);
        Amount own = Of(train, encoder, shape), others = Of(unlabelled, encoder, shape);
        int copies = recipe.Augmentation.Copies;
        Tell(own, new(others.Texts + copies * own.Texts, others.Bytes + copies * own.Bytes), Directory.CreateDirectory(_cache).FullName, there: 0);
        return true;
    }

    /// <summary>Of teachers that are at hand, but for what was written before.</summary>
    /// <param name="panel">The teachers.</param>
    /// <exception cref="UsageException">It is too much.</exception>
    public void OfTeachers(TeacherPanel panel)
    {
        if (Resolved(panel.PooledConfig) is not { } wanted)
            return;
        (Teacher teacher, SignalSource signals) = panel.Transparent ?? throw TeacherInside.Opaque(recipe);
        using IntermediateCache cache = IntermediateCache.Open(_cache, TeacherInside.SourceOf(wanted, teacher, signals));
        var seen = new HashSet<SignalKey>();
        IEnumerable<string> New(IEnumerable<string> texts) => texts.Where(text => !cache.Contains(text) && seen.Add(SignalKey.Of(text)));
        Amount own = Of(New(train), teacher.Encoder, cache.Source.Shape), others = Of(New(unlabelled), teacher.Encoder, cache.Source.Shape);
        if (own.Texts + others.Texts > 0)
            Tell(own, others, cache.Folder, cache.Size);
    }

    /// <param name="budget">Most gigabytes.</param>
    /// <param name="bytes">What will be written.</param>
    /// <param name="there">What stands in the folder.</param>
    /// <param name="folder">Where it will be written.</param>
    /// <exception cref="UsageException">It is too much.</exception>
    public static void RequireRoom(double budget, long bytes, long there, string folder) =>
        RequireRoom(budget, bytes, there, new DriveInfo(folder).AvailableFreeSpace, folder);

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
            throw new UsageException(FormattableString.Invariant($"intermediate.budget is {budget} GB, and the intermediate signals of these texts take up {Size(bytes + there)}: expected a larger budget, {cure}"))
            { Key = "intermediate.budget" };
        }
        if (bytes > free)
        {
            throw new UsageException($"the intermediate signals of these texts take up {Size(bytes)}, and the disk of {folder} has {Size(free)} left: expected another signals.cache, {cure}")
            { Key = "intermediate.storage" };
        }
    }

    /// <summary>Bytes as people read them.</summary>
    public static string Size(long bytes) => bytes >= 1_000_000_000 ? FormattableString.Invariant($"{bytes / 1e9:0.0} GB") : FormattableString.Invariant($"{bytes / 1e6:0.0} MB");

    /// <summary>Tokens of a text whose inside is kept: those of all windows, [CLS] and [SEP] left out.</summary>
    public static int Tokens(EncodedText text) => text.Windows.Sum(window => window.Length - 2);

    // Null: nothing will be written.
    private Recipe? Resolved(EncoderConfig? config) => recipe.Intermediate.Storage == IntermediateStorage.Cache
        && TeacherInside.Resolved(recipe, config) is { NeedsIntermediate: true } wanted ? wanted : null;

    private Amount Of(IEnumerable<string> texts, TextEncoder encoder, IntermediateShape shape) => texts.Chunk(recipe.Labelling.ShardSize).Aggregate(new Amount(0, 0), (sum, block) =>
        new Amount(sum.Texts + block.Length, sum.Bytes + encoder.EncodeAll(block, cancellation).Sum(text => IntermediateSource.Bytes(shape, recipe.Intermediate.Precision, Tokens(text)))));

    private void Tell(Amount own, Amount others, string folder, long there)
    {
        // Of which texts without a label the teacher is sure enough, only it can say: what may not be needed is not refused.
        bool all = recipe.Transfer.MinConfidence == 0;
        RequireRoom(recipe.Intermediate.Budget, all ? own.Bytes + others.Bytes : own.Bytes, there, folder);
        progress?.Report(StageProgress.Note("label", FormattableString.Invariant($"intermediate signals of {own.Texts + others.Texts:N0} texts will take up {(all ? "some" : "at most")} {Size(own.Bytes + others.Bytes)}; --online computes them at every step instead")));
    }

    /// <summary>Of the signals of some texts.</summary>
    private readonly record struct Amount(long Texts, long Bytes);
}
