using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>An exponential moving average of a module's weights.</summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly double _decay;
    private readonly List<(string Name, Parameter Value, Tensor Average)> _weights;

    public WeightAverage(nn.Module module, double decay)
    {
        _decay = decay;
        using var scope = NewDisposeScope();
        _weights = module.named_parameters()
            .Select(p => (p.name, p.parameter, p.parameter.detach().clone().DetachFromDisposeScope())).ToList();
    }

    public void Update()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach ((_, Parameter value, Tensor average) in _weights)
            average.lerp_(value, 1 - _decay);
    }

    /// <summary>Puts the average into the module until the result is disposed.</summary>
    public IDisposable PutInPlace()
    {
        Swap();
        return new Restore(this);
    }

    public IEnumerable<(string Name, Tensor Value)> State() => _weights.Select(w => (w.Name, w.Average));

    public void Dispose() => _weights.ForEach(w => w.Average.Dispose());

    private void Swap()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach ((_, Parameter value, Tensor average) in _weights)
        {
            Tensor current = value.detach().clone();
            value.copy_(average);
            average.copy_(current);
        }
    }

    private sealed class Restore(WeightAverage average) : IDisposable
    {
        public void Dispose() => average.Swap();
    }
}
