using Retort.Reports;

namespace Retort.Assessment;

/// <summary>All that is found out before anything is trained.</summary>
/// <param name="Data">What the data are like.</param>
/// <param name="Machine">What this machine can do.</param>
/// <param name="Linear">The linear model on dev; null where there is none.</param>
/// <param name="LinearSeconds">How long it trained.</param>
/// <param name="Teacher">The finished teacher; null where it must be fine-tuned first.</param>
/// <param name="Student">An untrained student of the recipe's shape.</param>
/// <param name="Needs">What was asked for.</param>
/// <param name="Recommendation">What to do.</param>
/// <param name="Choices">What the written recipe says otherwise than the given one, and why.</param>
/// <param name="Forecast">What a run of it is expected to come to.</param>
/// <param name="Notes">What could not be told, and why.</param>
public sealed record AssessmentResult(DataFacts Data, MachineFacts Machine, ModelFacts? Linear, double? LinearSeconds, ModelFacts? Teacher, StudentTrial? Student, AssessmentNeeds Needs,
    Recommendation Recommendation, IReadOnlyList<string> Choices, Forecast Forecast, IReadOnlyList<string> Notes);
