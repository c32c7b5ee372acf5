using Retort.Tuning.Space;

namespace Retort.Tuning.Store;

/// <summary>What a study began with, so that a process that joins or resumes it does the same. Stored as JSON in the database.</summary>
public sealed record StudyFacts
{
    /// <summary>The recipe that is changed, resolved, as YAML; its teacher is the base run's, where that is shared.</summary>
    public required string Recipe { get; init; }

    /// <summary>The recipe as it was given, resolved, as YAML.</summary>
    public required string Given { get; init; }

    /// <summary>Hash of the texts and labels, and of what the teacher says depends on.</summary>
    public required string Data { get; init; }

    /// <summary>What is to be done.</summary>
    public required TuneOptions Options { get; init; }

    /// <summary>What may be tried.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>How points are taken.</summary>
    public required Strategy Strategy { get; init; }

    /// <summary>The folder of the run whose teacher, texts and signals the trials share; null: each has its own.</summary>
    public string? Elder { get; init; }

    /// <summary>Whether models come from this machine alone.</summary>
    public bool Offline { get; init; }

    /// <summary>What was said of the space when it began.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
