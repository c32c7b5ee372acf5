using Retort.Runtime.Model;
using Retort.Training;
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

    /// <summary>Of its products in training; what a student answers is float32 always.</summary>
    public Precision Precision { get; set; }

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
        return MixedPrecision.Linear(spans, weight, get_parameter("bias"), training ? Precision : Precision.F32).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// The convolutions of all windows, each named by its width. Not a ModuleDict: TorchSharp 0.107 cannot move one to
/// another device.
/// </summary>
internal sealed class WindowConvolutions : nn.Module<Tensor, Tensor[]>
{
    private readonly WindowConvolution[] _windows;

    public WindowConvolutions(StudentShape shape) : base(nameof(WindowConvolutions))
    {
        _windows = shape.Windows.Select((w, k) => new WindowConvolution(w, shape.EmbeddingWidth, shape.RawChannels(k))).ToArray();
        for (int k = 0; k < _windows.Length; k++)
            register_module($"{shape.Windows[k]}", _windows[k]);
    }

    /// <inheritdoc cref="WindowConvolution.Precision"/>
    public Precision Precision { set => Array.ForEach(_windows, window => window.Precision = value); }

    /// <summary>(batch, length, width) → (batch, length, channels) for each window.</summary>
    public override Tensor[] forward(Tensor input) => Array.ConvertAll(_windows, window => window.call(input));
}
