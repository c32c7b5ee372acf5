using System.ComponentModel;
using Retort.Runs;

namespace Retort.Training;

/// <summary>Which device computes.</summary>
public enum DeviceChoice
{
    /// <summary>CUDA where it is available, else the CPU.</summary>
    Auto,
    Cpu,
    Cuda,
}

/// <summary>The machine that a run uses. It changes speed, and figures only within rounding.</summary>
public sealed record MachineOptions
{
    /// <summary>More threads than any machine has: a slip of the hand.</summary>
    private const int MostThreads = 1024;

    [Description("auto (CUDA where it is available), cpu or cuda")]
    public DeviceChoice Device { get; init; } = DeviceChoice.Auto;

    [Description("Threads of the CPU; 0: one a core")]
    public int Threads { get; init; }

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Defined("machine.device", Device);
        OptionRange.Within("machine.threads", Threads, 0, MostThreads);
    }
}
