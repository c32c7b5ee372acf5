using System.Runtime.InteropServices;
using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Signals;
using Retort.Students;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Teachers.Text;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>The teachers of a run as one: whatever they are, everything after labelling sees their logits alone.</summary>
internal sealed class TeacherPanel : IDisposable
{
    /// <summary>Texts whose logits are gathered and combined at once.</summary>
    private const int Block = 1 << 16;

    private readonly Recipe _recipe;
    private readonly DataSet _data;
    private readonly LabelSet _labels;
    private readonly TaskKind _kind;
    private readonly IReadOnlyList<PanelMember> _members;
    private readonly EncoderVocabulary? _vocabulary;
    private readonly string _encoderKey, _vocabularyKey;
    private Ensemble? _ensemble;

    private TeacherPanel(Recipe recipe, DataSet data, LabelSet labels, TaskKind kind, IReadOnlyList<PanelMember> members, string? vocabulary)
    {
        (_recipe, _data, _labels, _kind, _members, _encoderKey, _vocabularyKey) = (recipe, data, labels, kind, members, "", "");
        if (vocabulary is null)
            return;
        _vocabulary = EncoderVocabulary.Load(vocabulary);
        using ModelWeights weights = ModelWeights.Open(vocabulary);
        _vocabularyKey = ContentHash.OfLines([weights.Fingerprint, TextTokenizer.Load(vocabulary).Fingerprint]);
        if (recipe.Student.Tokenizer == StudentOptions.FromTeacher)
            _encoderKey = weights.Fingerprint;
    }

    /// <summary>Opens the teachers, each with its cache of signals.</summary>
    /// <param name="recipe">Names them.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="data">The corpus, whose classes they must know.</param>
    /// <param name="taught">The folder of the fine-tuned encoder, where there is one.</param>
    /// <param name="resolve">Finds a named model.</param>
    /// <param name="device">Where models compute.</param>
    /// <param name="progress">Told of files.</param>
    /// <param name="cancellation">Stops waiting for another process.</param>
    public static TeacherPanel Open(Recipe recipe, string run, DataSet data, string? taught, Func<string, string> resolve, Device device,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        string cache = CacheOf(recipe, run);
        (NamedTeacher Source, string? Folder)[] sources = recipe.Teacher.Parsed().Select(source => (source, source.Kind switch
        {
            TeacherKind.FineTuned => taught,
            TeacherKind.Model => resolve(source.Place),
            _ => null,
        })).ToArray();
        (LabelSet labels, TaskKind kind) = Classes(recipe, data, sources.Select(source => ConfigFolder(source.Folder)).FirstOrDefault(folder => folder is not null));
        var members = new List<PanelMember>();
        try
        {
            foreach ((NamedTeacher source, string? folder) in sources)
                members.Add(PanelMember.Open(source, folder, recipe, labels, kind, cache, device, progress, cancellation));
            if (recipe.Labelling.OnnxOutput != OnnxOutput.Auto && !members.Exists(member => member.IsOnnx) && !IdleOptions.IsProxy(recipe, TeacherKind.Model))
            {
                throw new UsageException($"signals.onnx_output is {RecipeSchema.SnakeCase(recipe.Labelling.OnnxOutput.ToString())}, and no teacher is an "
                    + "ONNX model: leave it out")
                { Key = "signals.onnx_output" };
            }
            bool hasModel = members.Exists(member => member.Model is not null);
            return new TeacherPanel(recipe, data, labels, kind, members, StudentTokenizer.Folder(recipe, hasModel, resolve));
        }
        catch
        {
            members.ForEach(member => member.Dispose());
            throw;
        }
    }

    /// <summary>The folder of all signals of a run.</summary>
    public static string CacheOf(Recipe recipe, string run) =>
        recipe.Labelling.Cache.Length > 0 ? recipe.Labelling.Cache : Path.Combine(run, "signals");

    /// <summary>Whether the classes exclude each other.</summary>
    public TaskKind Kind => _kind;

    /// <summary>What the signals depend on beside the texts.</summary>
    public string Fingerprint => _members.Count == 1 && _encoderKey.Length == 0 ? _members[0].Signals.Source.Fingerprint
        : ContentHash.OfLines([.. _members.Select(member => member.Signals.Source.Fingerprint), $"{_recipe.Teacher.Combine}", _encoderKey])[..16];

    /// <summary>What the tokenizer and the first embeddings of all students depend on, with a teacher or without.</summary>
    public string VocabularyFingerprint => _vocabularyKey.Length > 0 ? _vocabularyKey
        : _members.First(member => member.Model?.WordPiece is not null).Signals.Source.Fingerprint;

    /// <summary>The tokenizer that the student's is cut from.</summary>
    public WordPieceTokenizer Tokenizer => _vocabulary?.Tokenizer ?? FirstWordPiece.WordPiece!;

    /// <summary>(vocabulary, width) The word embeddings that the student's begin as.</summary>
    public Tensor WordEmbeddings => _vocabulary?.Embeddings ?? FirstWordPiece.Module.WordEmbeddings;

    /// <summary>Each teacher alone, and several together, where they know the labelled texts: on dev and test, else on train.</summary>
    public IReadOnlyList<TeacherScore> Scores { get; private set; } = [];

    /// <summary>The first teacher that can be looked into: a model in libtorch, with what its signals depend on; null: there is none.</summary>
    public (Teacher Teacher, SignalSource Source)? Transparent => _members.FirstOrDefault(member => member.Model is not null) is { Model: { } teacher } member
        ? (teacher, member.Signals.Source) : null;

    /// <summary>The teacher where there is one alone; null: there are several.</summary>
    public PanelMember? Only => _members.Count == 1 ? _members[0] : null;

    private PanelMember? Pooling => _members.FirstOrDefault(member => member.Signals.Source.Hidden > 0);

    private Teacher FirstWordPiece => _members.First(member => member.Model?.WordPiece is not null).Model!;

    /// <summary>Texts whose signals are not in the caches yet.</summary>
    /// <param name="transfer">What is labelled beside dev and test.</param>
    public int Lacking(IReadOnlyList<string> transfer) => _members.Sum(member => member.Lacking(Wanted(member, transfer)));

    /// <summary>Labels dev and test, checks the teachers on them, and labels the rest.</summary>
    /// <param name="transfer">The rest.</param>
    /// <param name="progress">Told of everything.</param>
    /// <param name="cancellation">Stops; the same call goes on.</param>
    /// <exception cref="RetortException">A teacher is hardly better than the majority class.</exception>
    public LabellingResult Label(IReadOnlyList<string> transfer, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        var done = new List<LabellingResult>();
        foreach (PanelMember member in _members)
            done.Add(member.Label([.. _data.Dev.Texts(), .. _data.Test.Texts()], progress, cancellation));
        Check();
        foreach (PanelMember member in _members)
            done.Add(member.Label(Wanted(member, transfer), progress, cancellation));
        return new LabellingResult(Labelling.CountDistinct(Wanted(null, transfer), _members[0].Signals.Folder), done.Sum(one => one.Computed),
            done.Sum(one => one.Tokens), TimeSpan.FromTicks(done.Sum(one => one.Elapsed.Ticks)));
    }

    /// <summary>
    /// The corpus, where it has no labels, with the teachers' classes in their place: marked as such, so that nobody takes
    /// agreement for accuracy.
    /// </summary>
    public DataSet Answered()
    {
        return _data.Train.Kind != TaskKind.Unlabelled ? _data
            : _data with { Train = Answer(_data.Train, "train"), Dev = Answer(_data.Dev, "dev"), Test = Answer(_data.Test, "test") };

        Corpus Answer(Corpus corpus, string name)
        {
            LogitTable logits = Logits(corpus.Texts(), name);
            return corpus with
            {
                Kind = _kind,
                Labels = _labels,
                LabelledByTeacher = true,
                Samples = corpus.Samples.Select((sample, k) => _kind == TaskKind.MultiLabel
                    ? sample with { Targets = Array.ConvertAll(logits.Row(k).ToArray(), value => value > 0 ? 1f : 0) }
                    : sample with { Label = logits.ArgMax(k) }).ToArray(),
            };
        }
    }

    /// <summary>Scores the teachers, and refuses a weak one unless the recipe accepts it; without labels, does nothing.</summary>
    /// <exception cref="RetortException">A teacher is hardly better than the majority class, or knows no labelled text.</exception>
    public void Check()
    {
        // Labelling has checked already, unless there was nothing to label.
        if (_data.Train.Kind == TaskKind.Unlabelled || Scores.Count > 0)
            return;
        var scores = new List<TeacherScore>();
        foreach (PanelMember member in _members)
        {
            TeacherScore[] own = ScoresOf(member.Name, member.On);
            if (own.Length == 0)
                throw new RetortException($"the teacher {member.Name} has no signal of any labelled text: nobody can tell how good it is; is it of another corpus?");
            if (own[0].IsWeak && !_recipe.Teacher.AcceptWeak)
                throw Weak(own[0]);
            scores.AddRange(own);
        }
        if (_members.Count > 1)
            scores.AddRange(ScoresOf($"all, {RecipeSchema.SnakeCase(_recipe.Teacher.Combine.ToString())}", Together));
        Scores = scores;
    }

    /// <summary>Labels texts that are wanted now, and gives their logits.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="targets">Their labels as rows of probabilities, where a text has one.</param>
    /// <param name="progress">Told of everything.</param>
    /// <param name="cancellation">Stops.</param>
    public LogitTable Ask(IReadOnlyList<string> texts, Func<int, float[]?> targets, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        Label(texts, progress, cancellation);
        return Gathered(texts, "the fraction", targets, cancellation);
    }

    /// <summary>The logits of texts, whoever gave them.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="what">What they are, for the message.</param>
    /// <exception cref="RetortException">No teacher has a signal of some of them.</exception>
    public LogitTable Logits(IReadOnlyList<string> texts, string what) => Gathered(texts, what, _ => null, CancellationToken.None);

    private LogitTable Gathered(IReadOnlyList<string> texts, string what, Func<int, float[]?> targets, CancellationToken cancellation)
    {
        var values = new List<float>(texts.Count * _labels.Count);
        foreach (LogitTable block in LogitBlocks(texts, what, targets, cancellation))
            values.AddRange(block.Values);
        return new LogitTable([.. values], _labels.Count);
    }

    /// <summary>The same for many texts, block after block: a text's logits depend on no other text, so only one block is held.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="what">What they are, for the message.</param>
    /// <param name="targets">Their labels as rows of probabilities, where a text has one.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="RetortException">No teacher has a signal of some of them.</exception>
    public IEnumerable<LogitTable> LogitBlocks(IReadOnlyList<string> texts, string what, Func<int, float[]?> targets, CancellationToken cancellation)
    {
        Ensemble ensemble = Fitted();
        int missing = 0;
        string? first = null;
        for (int start = 0; start < texts.Count; start += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int from = start;
            string[] block = [.. Enumerable.Range(start, Math.Min(Block, texts.Count - start)).Select(k => texts[k])];
            PartialLogits[] all = _members.Select(member => member.On(block)).ToArray();
            int[] unknown = Enumerable.Range(0, block.Length).Where(k => !all.Any(member => member.Known[k])).ToArray();
            missing += unknown.Length;
            first ??= unknown.Length > 0 ? block[unknown[0]] : null;
            // To count them all, the rest is looked through.
            if (missing == 0)
                yield return ensemble.Combine(all, k => targets(from + k));
        }
        if (missing > 0)
        {
            throw new RetortException($"{missing} of {texts.Count} texts of {what} have no signal of {string.Join(" or ", _members.Select(member => member.Name))}, "
                + $"the first: '{Excerpt.Of(first!)}': expected a signal for each; add a teacher that labels any text (a model, or fine_tuned) to teacher.sources");
        }
    }

    /// <summary>As <see cref="Logits"/>, or null where a text has no signal.</summary>
    public LogitTable? TryLogits(IReadOnlyList<string> texts)
    {
        PartialLogits together = Together(texts);
        return together.Known.All(known => known) ? together.Logits : null;
    }

    /// <summary>Width of the pooled states of the first teacher that stores some; 0: none does.</summary>
    public int PooledWidth => Pooling?.Signals.Source.Hidden ?? 0;

    /// <summary>The shape of this teacher, where it can be looked into; else null.</summary>
    public EncoderConfig? PooledConfig => Pooling?.Model?.Config;

    /// <summary>The rows of the texts that this teacher has labelled.</summary>
    public int[] PooledRows(IReadOnlyList<string> texts) =>
        Pooling is { } member ? Enumerable.Range(0, texts.Count).Where(k => member.Signals.Contains(texts[k])).ToArray() : [];

    /// <summary>(texts × width) The pooled states of texts that it has labelled, in a file that is gone when it is closed.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="scratch">The file's folder.</param>
    public MappedArray<float> PooledStates(IReadOnlyList<string> texts, string scratch) => MappedArray<float>.Temporary(scratch, file =>
    {
        foreach (string[] block in texts.Chunk(Block))
            file.Write(MemoryMarshal.AsBytes(Pooling!.Signals.Pooled(block).AsSpan()));
    });

    /// <summary>The models on one thread, where every teacher is one; else null.</summary>
    public TimedTeachers? Timed()
    {
        if (!_members.All(member => member.IsModel))
            return null;
        var timed = new TimedTeachers();
        foreach (PanelMember member in _members)
            member.AddTo(timed, _recipe, _labels, _kind);
        return timed;
    }

    public void Dispose()
    {
        foreach (PanelMember member in _members)
            member.Dispose();
        _vocabulary?.Dispose();
    }

    // A later teacher of "first" is asked only for what the earlier ones do not know, and for what it is judged on.
    private IEnumerable<string> Wanted(PanelMember? member, IEnumerable<string> transfer)
    {
        IEnumerable<string> held = [.. _data.Dev.Texts(), .. _data.Test.Texts()];
        if (member is not null && _recipe.Teacher.Combine == Combination.First)
        {
            PanelMember[] before = _members.TakeWhile(other => other != member).ToArray();
            transfer = transfer.Where(text => !Array.Exists(before, other => other.LabelsAnything || other.Signals.Contains(text)));
        }
        return member is { LabelsAnything: false } ? [] : transfer.Concat(held);
    }

    // On dev and test, where it knows half of them or more: a few texts that also stand elsewhere say nothing. Else on
    // train, which it may have been trained on, or on whatever it knows most of.
    private TeacherScore[] ScoresOf(string name, Func<IReadOnlyList<string>, PartialLogits> signals)
    {
        TeacherScore[] held = [.. Score("dev", _data.Dev), .. Score("test", _data.Test)];
        TeacherScore[] covered = Array.FindAll(held, IsCovered);
        if (covered.Length > 0)
            return covered;
        TeacherScore[] all = [.. held, .. Score("train", _data.Train)];
        covered = Array.FindAll(all, IsCovered);
        return covered.Length > 0 ? covered : all.OrderByDescending(score => score.Texts).Take(1).ToArray();

        IEnumerable<TeacherScore> Score(string part, Corpus corpus) =>
            TeacherScore.Of(name, part, corpus, signals(corpus.Texts()), _data.Train) is { } score ? [score] : [];

        static bool IsCovered(TeacherScore score) => 2 * score.Texts >= score.PartTexts;
    }

    private PartialLogits Together(IReadOnlyList<string> texts)
    {
        PartialLogits[] all = _members.Select(member => member.On(texts)).ToArray();
        int[] rows = Enumerable.Range(0, texts.Count).Where(k => Array.Exists(all, member => member.Known[k])).ToArray();
        bool[] known = new bool[texts.Count];
        float[] values = new float[texts.Count * _labels.Count];
        LogitTable combined = Fitted().Combine(Array.ConvertAll(all, member => member.Choose(rows)));
        for (int k = 0; k < rows.Length; k++)
        {
            known[rows[k]] = true;
            combined.Row(k).CopyTo(values.AsSpan(rows[k] * combined.Classes));
        }
        return new PartialLogits(new LogitTable(values, combined.Classes), known);
    }

    private Ensemble Fitted() => _ensemble ??= Ensemble.Fit(_recipe.Teacher.Combine, _data.Dev with { Kind = _kind },
        _members.Select(member => member.On(_data.Dev.Texts())).ToArray());

    // Where a model names its classes; an ONNX model may have no config.json.
    private static string? ConfigFolder(string? model) =>
        model is null || OnnxTeacherFiles.Find(model) is not { } onnx ? model : Path.GetDirectoryName(onnx.Config);

    /// <summary>The data's classes; of data without labels those of the label file, or the first model's.</summary>
    private static (LabelSet, TaskKind) Classes(Recipe recipe, DataSet data, string? folder)
    {
        if (data.Train.Kind != TaskKind.Unlabelled)
            return (data.Train.Labels, data.Train.Kind);
        (LabelSet Labels, TaskKind Kind) model = folder is null ? (new LabelSet([]), TaskKind.SingleLabel) : Teacher.ReadClasses(folder);
        if (recipe.Data.LabelFile.Length > 0)
            return (LabelSetReader.FromFile(recipe.Data.LabelFile), model.Kind);
        return folder is not null ? model : throw new UsageException("data.unlabelled is true, and no teacher is a model that names its classes: "
            + "expected data.label_file, a file of class names, one a line in index order")
        { Key = "data.label_file" };
    }

    private static RetortException Weak(TeacherScore score) => new(FormattableString.Invariant(
        $"the teacher {score.Name} has macro-F1 {score.MacroF1:0.0000} (accuracy {score.Accuracy:0.0000}) on the {score.Texts} of {score.PartTexts} texts of {score.Part} that it has a signal of, and the majority class or a guess {score.BaselineMacroF1:0.0000}: ")
        + FormattableString.Invariant($"expected at least {TeacherScore.Margin} more; a student would learn nothing from it. Are its classes in the right order, and the rows those of this corpus? --force goes on with it"));
}
