using Retort.Metrics;

namespace Retort.Pipeline;

/// <summary>How hard texts are by other models than the teacher.</summary>
/// <param name="Answers">(the first texts × classes) What is said of each.</param>
/// <param name="Fingerprint">Of the models.</param>
internal sealed record OtherAnswers(LogitTable Answers, string Fingerprint);
