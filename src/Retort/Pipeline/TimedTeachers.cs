using Retort.Onnx;
using Retort.Signals;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>A run's teachers, where each of them is a model: what can be timed and weighed.</summary>
internal sealed class TimedTeachers : IDisposable
{
    private readonly List<Action<string>> _answers = [];
    private readonly List<IDisposable> _owned = [];

    /// <summary>What the models take up on disk, tokenizers and all.</summary>
    public long Bytes { get; private set; }

    /// <summary>A model in libtorch.</summary>
    /// <param name="teacher">The model; not owned.</param>
    /// <param name="folder">Its folder.</param>
    public void Add(Teacher teacher, string folder)
    {
        Bytes += SizeOf(folder);
        _answers.Add(text =>
        {
            using var inference = inference_mode();
            using var scope = NewDisposeScope();
            (Tensor logits, _) = teacher.Forward([teacher.Encoder.Encode(text)]);
            logits.cpu();
        });
    }

    /// <summary>A model in ONNX Runtime.</summary>
    /// <param name="labeller">The model on one thread; owned.</param>
    /// <param name="files">Its files.</param>
    public void Add(OnnxLabeller labeller, OnnxTeacherFiles files)
    {
        _owned.Add(labeller);
        Bytes += SizeOf(files);
        _answers.Add(text => labeller.Label([text], done: null, CancellationToken.None));
    }

    /// <summary>The answer of every model in turn, from raw text: several teachers take the time of all.</summary>
    public void Answer(string text)
    {
        foreach (Action<string> answer in _answers)
            answer(text);
    }

    public void Dispose() => _owned.ForEach(model => model.Dispose());

    public static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    // A folder of the hub may hold several models beside the one that answers.
    private static long SizeOf(OnnxTeacherFiles files)
    {
        IEnumerable<string> tokenizer = OnnxTeacherFiles.TokenizerFiles.Select(name => Path.Combine(files.TokenizerFolder, name)).Where(File.Exists);
        return ExternalTensors.FilesOf(files.Model).Prepend(files.Model).Concat(tokenizer).Append(files.Config).OfType<string>().Sum(file => new FileInfo(file).Length);
    }
}
