using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>
/// One window's convolution with same padding. It is a matrix product over shifted copies, which libtorch's CPU build runs
/// in little more than half of the time of conv1d, forward and backward, at the sizes of a student.
/// </summary>
internal sealed class WindowConvolution : nn.Module<Tensor, Tensor>
{
    private readonly int _window;

    public WindowConvolution(int window, int width, int channels) : base(nameof(WindowConvolution))
    {
        _window = window;
        // (channels, offset, width): the slice of an offset is what folding multiplies an embedding by.
        register_parameter("weight", new Parameter(empty(channels, window, width)));
        register_parameter("bias", new Parameter(empty(channels)));
    }

    /// <summary>(batch, length, width) → (batch, length, channels).</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        long length = input.shape[1];
        int left = (_window - 1) / 2;
        Tensor padded = nn.functional.pad(input, [0, 0, left, _window - 1 - left]); // (batch, length + window − 1, width)
        Tensor[] shifted = Enumerable.Range(0, _window).Select(j => padded.narrow(1, j, length)).ToArray();
        Tensor spans = cat(shifted, 2); // (batch, length, window · width)
        // Not from fields: a move to another device replaces registered parameters.
        Tensor weight = get_parameter("weight")!.flatten(1); // (channels, window · width)
        return nn.functional.linear(spans, weight, get_parameter("bias")).MoveToOuterDisposeScope();
    }
}
