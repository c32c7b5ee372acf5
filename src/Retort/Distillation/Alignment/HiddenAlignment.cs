using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>The term that draws a student's pooled features to the teacher's pooled states.</summary>
internal sealed class HiddenAlignment : IAlignmentTerm
{
    private readonly HiddenInput _input;
    private readonly Dictionary<int, int> _places;
    private readonly Device _device;
    private readonly StateAlignment _alignment;

    /// <param name="input">The states.</param>
    /// <param name="features">Width of the student's pooled features.</param>
    /// <param name="device">Where to compute.</param>
    public HiddenAlignment(HiddenInput input, int features, Device device)
    {
        input.RequireWidth(features);
        (_input, _device) = (input, device);
        _places = new Dictionary<int, int>(input.Known.Length);
        for (int k = 0; k < input.Known.Length; k++)
            _places[input.Known[k]] = k;
        _alignment = new StateAlignment(input.Options, features, input.Width);
        _alignment.to(device);
    }

    public string Name => "hidden";

    public nn.Module Heads => _alignment;

    public double LearningRate => _input.Options.LearningRate;

    public void Observe(Tensor task, StudentFeatures features) => _alignment.Observe(task, features.Pooled);

    public Tensor? Loss(StudentFeatures features, int[] batch)
    {
        using var scope = NewDisposeScope();
        int[] rows = [.. Enumerable.Range(0, batch.Length).Where(k => _places.ContainsKey(batch[k]))];
        if (rows.Length == 0)
            return null;
        Tensor answer = rows.Length == batch.Length ? features.Pooled : features.Pooled.index_select(0, tensor(Array.ConvertAll(rows, k => (long)k), device: _device));
        return _alignment.Loss(answer, States(Array.ConvertAll(rows, k => batch[k]))).MoveToOuterDisposeScope();
    }

    public bool HasCollapsed(int[] batch)
    {
        using var scope = NewDisposeScope();
        return _alignment.CanCollapse && _alignment.HasCollapsed(States([.. batch.Where(_places.ContainsKey)]));
    }

    public void Dispose() => _alignment.Dispose();

    /// <summary>(texts, layers, width) Of texts that have some.</summary>
    private Tensor States(int[] texts) => tensor(_input.Read(Array.ConvertAll(texts, k => _places[k])), [texts.Length, _input.Options.Layers.Length, _input.Width], device: _device);
}
