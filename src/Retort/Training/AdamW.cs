using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv:1711.05101). A parameter with a sparse gradient is
/// updated lazily: only the rows that the batch used move and decay, each with its own step count, so that a row used
/// at every step moves exactly as under the dense rule.
/// </summary>
public sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly List<Slot> _slots = [];

    public AdamW(IEnumerable<ParameterGroup> groups)
    {
        foreach (ParameterGroup group in groups)
        {
            foreach ((string name, Parameter value) in group.Parameters)
                _slots.Add(new Slot(name, value, group));
        }
    }

    /// <summary>The norm of all gradients together, which are scaled down to <paramref name="largest"/> where it is more.</summary>
    /// <param name="largest">0: measure only.</param>
    public double ClipGradients(double largest)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // One number is read for all: on a GPU each reading waits for it.
        Tensor[] squares = [.. _slots.Select(slot => slot.PrepareGradient()).OfType<Tensor>()];
        double norm = squares.Length == 0 ? 0 : Math.Sqrt(stack(squares).sum(float64).ToDouble());
        if (largest > 0 && norm > largest)
        {
            foreach (Slot slot in _slots)
                slot.Gradient?.mul_(largest / norm);
        }
        return norm;
    }

    /// <summary>Moves every parameter by the gradients that <see cref="ClipGradients"/> prepared, and drops these.</summary>
    /// <param name="factor">The schedule's factor of the peak learning rate.</param>
    public void Step(double factor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (Slot slot in _slots)
            slot.Move(factor);
    }

    /// <summary>The moments and step counts by name, to be saved.</summary>
    internal IEnumerable<(string Name, Tensor Value)> State() =>
        _slots.SelectMany(slot => slot.State());

    public void Dispose()
    {
        foreach (Slot slot in _slots)
            slot.Dispose();
    }

    /// <summary>One parameter with its moments.</summary>
    private sealed class Slot(string name, Parameter value, ParameterGroup group) : IDisposable
    {
        private readonly Tensor _first = zeros_like(value).DetachFromDisposeScope();
        private readonly Tensor _second = zeros_like(value).DetachFromDisposeScope();

        // (rows, 1, …): the steps that each row has taken; (1), on the CPU, where it is read, for a dense parameter.
        private readonly Tensor _steps =
            (group.Sparse ? zeros(RowShape(value), device: value.device) : zeros(1, device: CPU)).DetachFromDisposeScope();
        private Tensor? _rows;

        /// <summary>Dense: the gradient; sparse: its rows summed by index.</summary>
        public Tensor? Gradient { get; private set; }

        /// <summary>Makes the gradient ready; its sum of squares, or null where there is none.</summary>
        public Tensor? PrepareGradient()
        {
            Gradient?.Dispose();
            _rows?.Dispose();
            (Gradient, _rows) = (null, null);
            if (value.grad is not { } gradient)
                return null;
            if (group.Sparse)
            {
                (Tensor rows, Tensor? inverse, _) = gradient.SparseIndices.squeeze(0).unique(return_inverse: true);
                Tensor values = gradient.SparseValues;
                Gradient = zeros([rows.shape[0], .. value.shape[1..]], device: value.device)
                    .index_add_(0, inverse!, values, 1); // (rows used, width)
                _rows = rows.DetachFromDisposeScope();
            }
            else
            {
                Gradient = gradient.alias();
            }
            Gradient.DetachFromDisposeScope();
            return Gradient.square().sum();
        }

        public void Move(double factor)
        {
            if (Gradient is null)
                return;
            using var scope = NewDisposeScope();
            if (_rows is null)
                MoveDense(factor * group.LearningRate);
            else
                MoveRows(factor * group.LearningRate, _rows);
            value.grad = null;
            Gradient.Dispose();
            _rows?.Dispose();
            (Gradient, _rows) = (null, null);
        }

        private void MoveDense(double rate)
        {
            _steps.add_(1);
            double taken = _steps.ToDouble();
            _first.mul_(Beta1).add_(Gradient!, alpha: 1 - Beta1);
            _second.mul_(Beta2).addcmul_(Gradient!, Gradient!, 1 - Beta2);
            Tensor scale = _second.sqrt().div_(Math.Sqrt(1 - Math.Pow(Beta2, taken))).add_(Epsilon);
            if (group.WeightDecay > 0)
                value.mul_(1 - rate * group.WeightDecay);
            value.addcdiv_(_first, scale, -rate / (1 - Math.Pow(Beta1, taken)));
        }

        private void MoveRows(double rate, Tensor rows)
        {
            Tensor taken = _steps.index_select(0, rows).add_(1);
            Tensor first = _first.index_select(0, rows).mul_(Beta1).add_(Gradient!, alpha: 1 - Beta1);
            Tensor second = _second.index_select(0, rows).mul_(Beta2).addcmul_(Gradient!, Gradient!, 1 - Beta2);
            Tensor firstBias = 1 - (taken * Math.Log(Beta1)).exp();
            Tensor secondBias = 1 - (taken * Math.Log(Beta2)).exp();
            Tensor move = first.div(firstBias).div_(second.div(secondBias).sqrt_().add_(Epsilon));
            Tensor moved = value.index_select(0, rows).mul_(1 - rate * group.WeightDecay).sub_(move.mul_(rate));
            value.index_copy_(0, rows, moved);
            _first.index_copy_(0, rows, first);
            _second.index_copy_(0, rows, second);
            _steps.index_copy_(0, rows, taken);
        }

        public IEnumerable<(string Name, Tensor Value)> State() =>
            [($"{name}.first", _first), ($"{name}.second", _second), ($"{name}.steps", _steps)];

        public void Dispose()
        {
            Gradient?.Dispose();
            _rows?.Dispose();
            _first.Dispose();
            _second.Dispose();
            _steps.Dispose();
        }

        private static long[] RowShape(Tensor value)
        {
            long[] shape = Array.ConvertAll(value.shape, _ => 1L);
            shape[0] = value.shape[0];
            return shape;
        }
    }
}
