using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv:1711.05101). A parameter with a sparse gradient is
/// updated lazily: only the rows that the batch used move and decay. Each has its own step count, so that a row used
/// at every step moves exactly as under the dense rule; or, with <see cref="GradientScale.Table"/>, all are scaled alike.
/// </summary>
/// <remarks>
/// What libtorch is given of numbers is kept here or disposed of at once. A number that is left to the garbage collector holds a few bytes in the midst of
/// what a gradient had taken, so that no gradient fits there again: by a collection the process had grown by the size of the module for each step.
/// </remarks>
public sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999;

    private static readonly Scalar One = 1, Epsilon = 1e-8, KeptOfFirst = Beta1, NewOfFirst = 1 - Beta1, KeptOfSecond = Beta2, NewOfSecond = 1 - Beta2,
        LogOfBeta1 = Math.Log(Beta1), LogOfBeta2 = Math.Log(Beta2);

    private readonly List<Slot> _slots = [];

    public AdamW(IEnumerable<ParameterGroup> groups)
    {
        foreach (ParameterGroup group in groups)
        {
            foreach ((string name, Parameter value) in group.Parameters)
            {
                _slots.Add(group.Scale switch
                {
                    GradientScale.Dense => new DenseSlot(name, value, group),
                    GradientScale.Row => new RowSlot(name, value, group),
                    _ => new TableSlot(name, value, group),
                });
            }
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
        double norm = squares.Length == 0 ? 0 : Math.Sqrt(Number(stack(squares).sum(float64)));
        if (largest > 0 && norm > largest)
        {
            using Scalar share = largest / norm;
            foreach (Slot slot in _slots)
                slot.Gradient?.mul_(share);
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

    private static double Number(Tensor one)
    {
        using Scalar number = one.ToScalar();
        return number.ToDouble();
    }

    /// <summary>One parameter with what its steps are scaled by.</summary>
    private abstract class Slot(string name, Parameter value, ParameterGroup group) : IDisposable
    {
        protected Parameter Value => value;

        protected double WeightDecay => group.WeightDecay;

        /// <summary>Dense: the gradient; sparse: its rows summed by index.</summary>
        public Tensor? Gradient { get; private set; }

        /// <summary>Makes the gradient ready; its sum of squares, or null where there is none.</summary>
        public Tensor? PrepareGradient()
        {
            Drop();
            if (value.grad is not { } gradient)
                return null;
            Gradient = Read(gradient).DetachFromDisposeScope();
            return Gradient.mul(Gradient).sum(); // square() leaves a number
        }

        public void Move(double factor)
        {
            if (Gradient is null)
                return;
            using var scope = NewDisposeScope();
            Move(Gradient, factor * group.LearningRate);
            value.grad = null;
            Drop();
        }

        public IEnumerable<(string Name, Tensor Value)> State() => Tensors.Select(one => ($"{name}.{one.Name}", one.Value));

        public void Dispose()
        {
            Drop();
            foreach ((_, Tensor tensor) in Tensors)
                tensor.Dispose();
        }

        protected abstract (string Name, Tensor Value)[] Tensors { get; }

        protected abstract Tensor Read(Tensor gradient);

        protected abstract void Move(Tensor gradient, double rate);

        protected virtual void Drop()
        {
            Gradient?.Dispose();
            Gradient = null;
        }
    }

    private sealed class DenseSlot(string name, Parameter value, ParameterGroup group) : Slot(name, value, group)
    {
        private readonly Tensor _first = zeros_like(value).DetachFromDisposeScope(), _second = zeros_like(value).DetachFromDisposeScope();

        // On the CPU, where it is read.
        private readonly Tensor _steps = zeros(1, device: CPU).DetachFromDisposeScope();

        protected override (string, Tensor)[] Tensors => [("first", _first), ("second", _second), ("steps", _steps)];

        protected override Tensor Read(Tensor gradient) => gradient.alias();

        protected override void Move(Tensor gradient, double rate)
        {
            _steps.add_(One);
            double taken = Number(_steps);
            using Scalar secondBias = Math.Sqrt(1 - Math.Pow(Beta2, taken)), kept = 1 - rate * WeightDecay, move = -rate / (1 - Math.Pow(Beta1, taken));
            _first.mul_(KeptOfFirst).add_(gradient, NewOfFirst);
            _second.mul_(KeptOfSecond).addcmul_(gradient, gradient, NewOfSecond);
            Tensor scale = _second.sqrt().div_(secondBias).add_(Epsilon);
            if (WeightDecay > 0)
                Value.mul_(kept);
            Value.addcdiv_(_first, scale, move);
        }
    }

    private abstract class SparseSlot(string name, Parameter value, ParameterGroup group) : Slot(name, value, group)
    {
        /// <summary>(rows used) which rows the gradient is of.</summary>
        protected Tensor? Rows { get; private set; }

        protected override Tensor Read(Tensor gradient)
        {
            (Tensor rows, Tensor? inverse, _) = gradient.SparseIndices.squeeze(0).unique(return_inverse: true);
            Rows = rows.DetachFromDisposeScope();
            return zeros([rows.shape[0], .. Value.shape[1..]], device: Value.device).index_add_(0, inverse!, gradient.SparseValues, One); // (rows used, width)
        }

        protected override void Drop()
        {
            base.Drop();
            Rows?.Dispose();
            Rows = null;
        }

        protected void Move(Tensor move, Tensor rows, double rate)
        {
            using Scalar kept = 1 - rate * WeightDecay, step = rate;
            Value.index_copy_(0, rows, Value.index_select(0, rows).mul_(kept).sub_(move.mul_(step)));
        }
    }

    private sealed class RowSlot(string name, Parameter value, ParameterGroup group) : SparseSlot(name, value, group)
    {
        private readonly Tensor _first = zeros_like(value).DetachFromDisposeScope(), _second = zeros_like(value).DetachFromDisposeScope();

        // (rows, 1, …): the steps that each row has taken.
        private readonly Tensor _steps = zeros(RowShape(value), device: value.device).DetachFromDisposeScope();

        protected override (string, Tensor)[] Tensors => [("first", _first), ("second", _second), ("steps", _steps)];

        protected override void Move(Tensor gradient, double rate)
        {
            Tensor rows = Rows!, taken = _steps.index_select(0, rows).add_(One);
            Tensor first = _first.index_select(0, rows).mul_(KeptOfFirst).add_(gradient, NewOfFirst);
            Tensor second = _second.index_select(0, rows).mul_(KeptOfSecond).addcmul_(gradient, gradient, NewOfSecond);
            Tensor firstBias = taken.mul(LogOfBeta1).exp_().neg_().add_(One); // 1 − β₁ to the power of the steps
            Tensor secondBias = taken.mul(LogOfBeta2).exp_().neg_().add_(One);
            Move(first.div(firstBias).div_(second.div(secondBias).sqrt_().add_(Epsilon)), rows, rate);
            _first.index_copy_(0, rows, first);
            _second.index_copy_(0, rows, second);
            _steps.index_copy_(0, rows, taken);
        }

        private static long[] RowShape(Tensor value)
        {
            long[] shape = Array.ConvertAll(value.shape, _ => 1L);
            shape[0] = value.shape[0];
            return shape;
        }
    }

    private sealed class TableSlot(string name, Parameter value, ParameterGroup group) : SparseSlot(name, value, group)
    {
        // (1, width): the mean square of the rows used.
        private readonly Tensor _second = zeros([1, .. value.shape[1..]], device: value.device).DetachFromDisposeScope();

        private readonly Tensor _steps = zeros(1, device: CPU).DetachFromDisposeScope();

        protected override (string, Tensor)[] Tensors => [("second", _second), ("steps", _steps)];

        protected override void Move(Tensor gradient, double rate)
        {
            // A batch of texts of one token has no n-grams.
            if (Rows!.shape[0] == 0)
                return;
            _steps.add_(One);
            using Scalar bias = 1 - Math.Pow(Beta2, Number(_steps));
            _second.mul_(KeptOfSecond).add_(gradient.mul(gradient).mean([0], keepdim: true), NewOfSecond);
            Tensor scale = _second.div(bias).sqrt_().add_(Epsilon);
            Move(gradient.div(scale), Rows, rate);
        }
    }
}
