using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>Draws rows of a student's features to rows of a teacher's states, of one layer or several; part of the training alone.</summary>
internal sealed class StateAlignment : nn.Module
{
    private const double Collapsed = 1e-2;

    /// <summary>A matrix of as many rows squared takes 4 MB.</summary>
    private const int MostCompared = 1024;

    /// <summary>Of the running mean of gradients: about the last hundred batches.</summary>
    private const double ImportanceDecay = 0.99;

    private readonly HiddenOptions _options;
    private readonly Projector[] _projectors;

    /// <param name="options">How.</param>
    /// <param name="features">Width of the student's features.</param>
    /// <param name="width">Width of the teacher's states.</param>
    public StateAlignment(HiddenOptions options, int features, int width) : base(nameof(StateAlignment))
    {
        _options = options;
        (int from, int to) = options.Direction == AlignmentDirection.StudentToTeacher ? (features, width) : (width, features);
        Projection projection = options.Loss == HiddenLoss.Similarity ? Projection.None : options.Projection;
        int count = options.LayerMapping == LayerMapping.Each ? options.Layers.Length : 1;
        _projectors = [.. Enumerable.Range(0, count).Select(_ => new Projector(projection, from, to))];
        for (int k = 0; k < count; k++)
            register_module($"projector_{k}", _projectors[k]);
        register_buffer("importance", zeros(options.FeatureWeights == FeatureWeights.Gradient ? features : 0));
    }

    /// <summary>(features) The running mean of how much the task depends on each, of any scale. Part of checkpoints.</summary>
    private Tensor Importance => get_buffer("importance")!;

    /// <summary>Takes note of how much the task depends on each feature, where that is asked for.</summary>
    /// <param name="task">The soft-label term.</param>
    /// <param name="features">(…, features) That it was computed from.</param>
    public void Observe(Tensor task, Tensor features)
    {
        if (_options.FeatureWeights == FeatureWeights.None)
            return;
        using var scope = NewDisposeScope();
        Tensor gradient = autograd.grad([task], [features], retain_graph: true)[0].abs().flatten(0, -2).mean([0]);
        using var guard = no_grad();
        Importance.mul_(ImportanceDecay).add_(gradient * (1 - ImportanceDecay));
    }

    /// <summary>A scalar, in the caller's dispose scope.</summary>
    /// <param name="features">(rows, features) The student's.</param>
    /// <param name="states">(rows, layers, width) The teacher's.</param>
    public Tensor Loss(Tensor features, Tensor states)
    {
        using var scope = NewDisposeScope();
        (features, states) = Sampled(features, states);
        Tensor[] losses = _options.LayerMapping == LayerMapping.Mean ? [Loss(_projectors[0], features, states.mean([1]))]
            : [.. Enumerable.Range(0, (int)states.shape[1]).Select(layer => Loss(_projectors[layer % _projectors.Length], features, states.select(1, layer)))];
        Tensor all = stack(losses);
        return (_options.LayerMapping == LayerMapping.Closest ? all.min() : all.mean()).MoveToOuterDisposeScope();
    }

    // Losses that compare all rows with all others are of so many rows at most, spread evenly over those that there are.
    private (Tensor, Tensor) Sampled(Tensor features, Tensor states)
    {
        long count = features.shape[0];
        if (count <= MostCompared || _options.Loss is HiddenLoss.Mse or HiddenLoss.Cosine)
            return (features, states);
        Tensor rows = tensor([.. Enumerable.Range(0, MostCompared).Select(k => k * count / MostCompared)], device: features.device);
        return (features.index_select(0, rows), states.index_select(0, rows));
    }

    /// <summary>Whether it is the teacher's states that are projected, which could become the same for all rows.</summary>
    public bool CanCollapse => _options.Direction == AlignmentDirection.TeacherToStudent && _options.Loss != HiddenLoss.Similarity;

    /// <summary>Whether projected states of some layer are nearly the same for all rows, so that there is nothing to align with.</summary>
    /// <param name="states">(rows, layers, width) Where it can collapse.</param>
    public bool HasCollapsed(Tensor states)
    {
        if (states.shape[0] < 2)
            return false;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return Enumerable.Range(0, _options.LayerMapping == LayerMapping.Mean ? 1 : (int)states.shape[1]).Any(layer =>
        {
            Tensor target = _options.LayerMapping == LayerMapping.Mean ? states.mean([1]) : states.select(1, layer);
            Tensor projected = Losses.Standardized(_projectors[layer % _projectors.Length].call(target));
            return projected.var(0, unbiased: false).mean().ToDouble() < Collapsed;
        });
    }

    private Tensor Loss(Projector projector, Tensor features, Tensor states)
    {
        if (_options.Loss == HiddenLoss.Similarity)
            return AlignmentLosses.Similarity(features, states);
        bool toTeacher = _options.Direction == AlignmentDirection.StudentToTeacher;
        Tensor answer = toTeacher ? projector.call(features) : features;
        Tensor target = Losses.Standardized(toTeacher ? states : projector.call(states));
        return _options.Loss switch
        {
            HiddenLoss.Mse => AlignmentLosses.Mse(answer, target, Weights()),
            HiddenLoss.Cosine => AlignmentLosses.Cosine(answer, target),
            HiddenLoss.Contrastive => AlignmentLosses.Contrastive(answer, target, _options.Temperature),
            _ => throw new InvalidOperationException($"{_options.Loss} is no loss of projected features"),
        };
    }

    /// <summary>(features) Of mean 1; null: all alike, as they also are while the task depends on none.</summary>
    private Tensor? Weights()
    {
        if (_options.FeatureWeights == FeatureWeights.None)
            return null;
        Tensor mean = Importance.mean();
        return mean.ToDouble() > 0 ? Importance / mean : null;
    }
}
