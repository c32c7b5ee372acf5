using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>Maps one side of an alignment to the width of the other; part of the training alone, in checkpoints and in nothing that is exported.</summary>
internal sealed class Projector : nn.Module<Tensor, Tensor>
{
    private readonly Linear? _first;
    private readonly Linear? _second;

    /// <param name="kind">What maps.</param>
    /// <param name="from">Width of what is mapped.</param>
    /// <param name="to">Width of the result.</param>
    public Projector(Projection kind, int from, int to) : base(nameof(Projector))
    {
        if (kind == Projection.None)
            return;
        register_module("first", _first = nn.Linear(from, kind == Projection.Linear ? to : 2 * to));
        if (kind == Projection.Linear)
            return;
        register_module("second", _second = nn.Linear(2 * to, to));
        register_parameter("scale", new Parameter(ones(1)));
    }

    /// <summary>(batch, from) → (batch, to)</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        // The scale not from a field: a move to another device replaces registered parameters.
        Tensor output = _first is null ? input.alias() : _first.call(input);
        if (_second is not null)
            output = get_parameter("scale")! * _second.call(nn.functional.relu(output));
        return output.MoveToOuterDisposeScope();
    }
}
