using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>The term that draws a student's pooled features to the teacher's pooled states.</summary>
internal sealed class HiddenAlignment : IDisposable
{
    private const double Collapsed = 1e-2;

    /// <summary>Of the running mean of gradients: about the last hundred batches.</summary>
    private const double ImportanceDecay = 0.99;

    private readonly HiddenInput _input;
    private readonly Dictionary<int, int> _places;
    private readonly Device _device;
    private readonly Projector _projector;

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
        HiddenOptions options = input.Options;
        (int from, int to) = options.Direction == AlignmentDirection.StudentToTeacher ? (features, input.Width) : (input.Width, features);
        _projector = new Projector(options.Loss == HiddenLoss.Similarity ? Projection.None : options.Projection, from, to,
            options.FeatureWeights == FeatureWeights.Gradient ? features : 0);
        _projector.to(device);
    }

    /// <summary>What is trained beside the student.</summary>
    public nn.Module Projector => _projector;

    /// <summary>Whether some text of the batch has a state.</summary>
    public bool Knows(int[] batch) => batch.Any(_places.ContainsKey);

    /// <summary>Takes note of how much the task depends on each feature, where that is asked for.</summary>
    /// <param name="task">The soft-label term.</param>
    /// <param name="features">(batch, features) That it was computed from.</param>
    public void Observe(Tensor task, Tensor features)
    {
        if (_input.Options.FeatureWeights == FeatureWeights.None)
            return;
        using var scope = NewDisposeScope();
        Tensor gradient = autograd.grad([task], [features], retain_graph: true)[0].abs().mean([0]);
        using var guard = no_grad();
        _projector.Importance.mul_(ImportanceDecay).add_(gradient * (1 - ImportanceDecay));
    }

    /// <summary>Over the texts of the batch that have a state; 0 where none has one. In the caller's dispose scope.</summary>
    /// <param name="features">(batch, features) The student's.</param>
    /// <param name="batch">Indices into the transfer set.</param>
    public Tensor Loss(Tensor features, int[] batch)
    {
        using var scope = NewDisposeScope();
        int[] rows = [.. Enumerable.Range(0, batch.Length).Where(k => _places.ContainsKey(batch[k]))];
        if (rows.Length == 0)
            return (features.sum() * 0).MoveToOuterDisposeScope();
        Tensor answer = rows.Length == batch.Length ? features.alias() : features.index_select(0, tensor(Array.ConvertAll(rows, k => (long)k), device: _device));
        return Loss(answer, States(Array.ConvertAll(rows, k => batch[k]))).MoveToOuterDisposeScope();
    }

    /// <summary>Whether projected states are nearly the same for all texts, so that there is nothing to align with.</summary>
    /// <param name="batch">Indices into the transfer set.</param>
    public bool HasCollapsed(int[] batch)
    {
        int[] known = [.. batch.Where(_places.ContainsKey)];
        if (_input.Options.Direction == AlignmentDirection.StudentToTeacher || known.Length < 2)
            return false;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor projected = Losses.Standardized(_projector.call(States(known)));
        return projected.var(0, unbiased: false).mean().ToDouble() < Collapsed;
    }

    public void Dispose() => _projector.Dispose();

    /// <summary>(texts × width) Of texts that have one.</summary>
    private Tensor States(int[] texts) => tensor(_input.Read(Array.ConvertAll(texts, k => _places[k])), [texts.Length, _input.Width], device: _device);

    /// <summary>(features) Of mean 1; null: all alike, as they also are while the task depends on none.</summary>
    private Tensor? Weights()
    {
        if (_input.Options.FeatureWeights == FeatureWeights.None)
            return null;
        Tensor mean = _projector.Importance.mean();
        return mean.ToDouble() > 0 ? _projector.Importance / mean : null;
    }

    private Tensor Loss(Tensor features, Tensor states)
    {
        HiddenOptions options = _input.Options;
        if (options.Loss == HiddenLoss.Similarity)
            return AlignmentLosses.Similarity(features, states);
        bool toTeacher = options.Direction == AlignmentDirection.StudentToTeacher;
        Tensor answer = toTeacher ? _projector.call(features) : features;
        Tensor target = Losses.Standardized(toTeacher ? states : _projector.call(states));
        return options.Loss switch
        {
            HiddenLoss.Mse => AlignmentLosses.Mse(answer, target, Weights()),
            HiddenLoss.Cosine => AlignmentLosses.Cosine(answer, target),
            HiddenLoss.Contrastive => AlignmentLosses.Contrastive(answer, target, options.Temperature),
            _ => throw new InvalidOperationException($"{options.Loss} is no loss of projected features"),
        };
    }
}
