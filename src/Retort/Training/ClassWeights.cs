namespace Retort.Training;

/// <summary>How classes are weighted in a hard-label loss.</summary>
public enum ClassWeights
{
    None,

    /// <summary>By inverse frequency.</summary>
    Balanced,
}
