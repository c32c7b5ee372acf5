using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Distillation;

/// <summary>
/// A temperature that is trained against the student (CTKD, Li et al. 2022, arXiv:2211.16231): its gradient is turned round, so that the task
/// becomes harder as the student learns, and what it has learnt counts by and by. Part of the training alone.
/// </summary>
internal sealed class LearntTemperature : nn.Module
{
    /// <summary>A single number has far to go.</summary>
    public const double LearningRate = 0.01;

    /// <summary>Share of the steps over which what it has learnt comes to count in full. An optimizer that goes by the sign of a gradient makes nothing of its size.</summary>
    private const double Rise = 0.1;

    private readonly double _start;
    private readonly Parameter _place;

    /// <param name="start">What it begins as, above 1; it stays between 1 and twice as far from 1.</param>
    /// <param name="device">Where to compute.</param>
    public LearntTemperature(double start, Device device) : base(nameof(LearntTemperature))
    {
        _start = start;
        register_parameter("place", _place = new Parameter(zeros([1, 1], device: device)));
        // On the CPU, where it is read.
        register_buffer("steps", zeros(1));
    }

    /// <summary>Steps of the whole training.</summary>
    public long Steps { get; set; } = 1;

    /// <summary>(1, 1) For the next step, in the caller's dispose scope.</summary>
    public Tensor Next()
    {
        Tensor counter = get_buffer("steps")!;
        double done = counter.ToDouble();
        using (no_grad())
            counter.add_(1);
        double rise = (1 - Math.Cos(Math.PI * Math.Min(1, done / (Rise * Steps)))) / 2;
        Tensor temperature = 1 + (_start - 1) * 2 * (rise * _place).sigmoid();
        // Its value, with its gradient turned round.
        return 2 * temperature.detach() - temperature;
    }
}
