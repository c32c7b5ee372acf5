namespace Retort.Server.Cascade;

/// <summary>What came of asking the teacher.</summary>
/// <param name="Probabilities">(classes) In the student's order; null: it did not answer.</param>
/// <param name="Fallback">Why it did not: <c>busy</c>, <c>unavailable</c> or <c>late</c>; null: it did.</param>
/// <param name="Took">From the question to the answer.</param>
internal readonly record struct TeacherAnswer(float[]? Probabilities, string? Fallback, TimeSpan Took)
{
    /// <summary>Too many texts wait.</summary>
    public const string Busy = "busy";

    /// <summary>It fails, or has failed lately and is left alone.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>It takes longer than a text waits.</summary>
    public const string Late = "late";
}
