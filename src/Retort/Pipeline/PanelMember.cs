using Retort.Data;
using Retort.Runs;
using Retort.Signals;
using Retort.Signals.Files;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>One teacher of a run with its cache of signals.</summary>
internal sealed class PanelMember : IDisposable
{
    private readonly ILabeller? _labeller;
    private readonly SignalFile? _file;
    private readonly LabelOptions _options;
    private readonly int[] _order;

    private PanelMember(string name, string? folder, ILabeller? labeller, SignalFile? file, LabelOptions options, LabelSet labels, Func<SignalSource, SignalCache> open)
    {
        (Name, Folder, _labeller, _file, _options) = (name, folder, labeller, file, options);
        SignalSource source = labeller?.Source ?? file!.Source;
        _order = ClassOrder.Of(name, source.Classes, labels);
        Signals = open(source);
    }

    public string Name { get; }

    /// <summary>A model's folder or file.</summary>
    public string? Folder { get; }

    public SignalCache Signals { get; }

    /// <summary>A model in libtorch; null: another kind of teacher.</summary>
    public Teacher? Model => (_labeller as EncoderLabeller)?.Teacher;

    public bool IsOnnx => _labeller is OnnxLabeller;

    /// <summary>What an ONNX model's output is; null: another kind of teacher.</summary>
    public OnnxOutput? Output => (_labeller as OnnxLabeller)?.Output;

    /// <summary>The data's classes in the order of its logits.</summary>
    public string[] Classes(LabelSet labels)
    {
        string[] names = new string[_order.Length];
        for (int k = 0; k < _order.Length; k++)
            names[_order[k]] = labels[k];
        return names;
    }

    /// <summary>Whether it can be asked of any text, and does not only know those of a file.</summary>
    public bool LabelsAnything => _labeller is not null;

    /// <summary>Opens a teacher with its cache of signals.</summary>
    /// <param name="source">What it is.</param>
    /// <param name="folder">A model's folder or file; null: another kind of teacher.</param>
    /// <param name="recipe">How it labels.</param>
    /// <param name="labels">The data's classes.</param>
    /// <param name="taskKind">Whether they exclude each other.</param>
    /// <param name="cache">Folder of all signals.</param>
    /// <param name="device">Where models compute.</param>
    /// <param name="progress">Told of files.</param>
    /// <param name="cancellation">Stops waiting for another process.</param>
    /// <param name="key">The recipe's key that names it, for messages.</param>
    public static PanelMember Open(NamedTeacher source, string? folder, Recipe recipe, LabelSet labels, TaskKind taskKind, string cache,
        Device device, IProgress<StageProgress>? progress, CancellationToken cancellation, string key = "teacher.sources")
    {
        SignalCache OpenCache(SignalSource signals) => SignalCache.Open(cache, signals, progress, cancellation);
        if (source.Kind == TeacherKind.File)
        {
            SignalFile file = SignalFile.Read(source.Place, labels, taskKind, CorpusFiles(recipe), recipe.Data, key);
            progress?.Report(StageProgress.Note("label", $"{source.Name}: signals of {file.Texts.Count} texts from {string.Join(", ", file.Paths)}"
                + (file.Differing > 0 ? $"; {file.Differing} texts stand several times with other signals: their mean is taken" : "")));
            return new PanelMember(source.Name, null, null, file, recipe.Labelling, labels, OpenCache);
        }
        ILabeller labeller = OpenLabeller(source, folder, recipe, labels, taskKind, device);
        try
        {
            if (labeller is OnnxLabeller onnx)
                progress?.Report(StageProgress.Note("label", $"{source.Name}: {onnx.Found}"));
            if (labeller.Kind is { } kind && kind != taskKind)
            {
                throw new UsageException($"the teacher {source.Name} is {Word(kind)}, the data are {Word(taskKind)}: expected the same")
                { Key = key };
            }
            return new PanelMember(source.Name, folder, labeller, null, recipe.Labelling, labels, OpenCache);
        }
        catch
        {
            labeller.Dispose();
            throw;
        }
    }

    /// <summary>How many of some texts, or of all that a file has, are not in the cache.</summary>
    public int Lacking(IEnumerable<string> texts) => (_file?.Texts ?? texts).Count(text => !Signals.Contains(text));

    /// <summary>Stores what the cache lacks: of texts, or all that a file has.</summary>
    public LabellingResult Label(IEnumerable<string> texts, IProgress<StageProgress>? progress, CancellationToken cancellation) =>
        _file is not null
            ? new LabellingResult(_file.Texts.Count, _file.StoreIn(Signals, _options.ShardSize, progress, cancellation), 0, TimeSpan.Zero)
            : Labelling.Run(_options, _labeller!, Signals, texts, progress, cancellation);

    /// <summary>What it says of texts, in the order of the data's classes.</summary>
    public PartialLogits On(IReadOnlyList<string> texts) => PartialLogits.Of(Signals, _order, texts);

    /// <summary>Whether it is one that can be timed and weighed.</summary>
    public bool IsModel => Model is not null || IsOnnx;

    /// <summary>Puts the model among those that are timed. One of ONNX Runtime is opened once more: a session keeps its threads.</summary>
    public void AddTo(TimedTeachers timed, Recipe recipe, LabelSet labels, TaskKind kind)
    {
        if (Model is not null)
            timed.Add(Model, Folder!);
        else if (OnnxTeacherFiles.Find(Folder!) is { } files)
            timed.Add(OnnxLabeller.Load(files, _options, labels, kind, threads: 1), files);
    }

    public void Dispose()
    {
        Signals.Dispose();
        _labeller?.Dispose();
    }

    /// <summary>The files of the corpus, for signals that are given by row. Of several with unlabelled texts none has rows of its own.</summary>
    public static CorpusFile[] CorpusFiles(Recipe recipe) => new CorpusFile[]
    {
        new("train", recipe.Data.Train), new("dev", recipe.Data.Dev), new("test", recipe.Data.Test),
        new("unlabelled", recipe.Transfer.Unlabelled is [var only] ? only : ""),
    }.Where(file => file.Path.Length > 0).ToArray();

    private static ILabeller OpenLabeller(NamedTeacher source, string? folder, Recipe recipe, LabelSet labels, TaskKind kind, Device device)
    {
        LabelOptions options = recipe.Labelling;
        if (source.Kind == TeacherKind.Command)
            return new CommandLabeller(source.Place, labels, kind, TimeSpan.FromSeconds(options.CommandTimeout));
        return OnnxTeacherFiles.Find(folder!) is { } onnx
            ? OnnxLabeller.Load(onnx, options, labels, kind, recipe.Machine.Threads)
            : EncoderLabeller.Load(folder!, options, device);
    }

    private static string Word(TaskKind kind) => kind == TaskKind.MultiLabel ? "multi-label" : "single-label";
}
