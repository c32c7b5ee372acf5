using System.ComponentModel;
using Retort.Runs;

namespace Retort.Signals.Intermediate;

/// <summary>Where a teacher's intermediate signals come from at each step.</summary>
public enum IntermediateStorage
{
    /// <summary>From files, written before the training.</summary>
    Cache,

    /// <summary>From the teacher, which reads every batch with the student.</summary>
    Online,
}

/// <summary>How the teacher's token states and attention are kept, which are large.</summary>
public sealed record IntermediateOptions
{
    [Description("cache (computed once, in files beside the signals) or online (--online: computed at every step, with no file)")]
    public IntermediateStorage Storage { get; init; } = IntermediateStorage.Cache;

    [Description("What the files hold: f16 or int8 (half the size)")]
    public IntermediatePrecision Precision { get; init; } = IntermediatePrecision.F16;

    [Description("Most gigabytes (10⁹ bytes) that the files may take up; more is refused before anything is written")]
    public double Budget { get; init; } = 20;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Defined("intermediate.storage", Storage);
        OptionRange.Defined("intermediate.precision", Precision);
        OptionRange.Above("intermediate.budget", Budget, 0);
    }
}
