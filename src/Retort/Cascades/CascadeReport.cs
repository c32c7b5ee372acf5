using System.Text.Json.Serialization;

namespace Retort.Cascades;

/// <summary>Everything that was measured of a cascade: <c>cascade/curve.json</c>.</summary>
/// <param name="StudentSha256">SHA-256 of the config.json of the student.</param>
/// <param name="Epsilon">The most points of accuracy that were to be lost.</param>
/// <param name="Confidence">How sure that is to be.</param>
/// <param name="DevTexts">Texts of dev.</param>
/// <param name="TestTexts">Texts of test.</param>
/// <param name="Teacher">The teacher's accuracy.</param>
/// <param name="Student">The student's.</param>
/// <param name="Chosen">The threshold that was chosen.</param>
/// <param name="PointEstimate">The fewest texts deferred at which dev's accuracy is no lower than the teacher's: it promises nothing.</param>
/// <param name="Epsilons">What would be chosen for other losses.</param>
/// <param name="EpsilonForHalf">The least loss, in points, that would have to be allowed for the student to answer half of dev.</param>
/// <param name="Curve">All thresholds that were tried, from the highest.</param>
public sealed record CascadeReport(string StudentSha256, double Epsilon, double Confidence, int DevTexts, int TestTexts, PartAccuracy Teacher, PartAccuracy Student,
    CascadePoint Chosen, CascadePoint PointEstimate, IReadOnlyList<EpsilonChoice> Epsilons, double EpsilonForHalf, IReadOnlyList<CascadePoint> Curve)
{
    /// <summary>The name of the file in the cascade's folder.</summary>
    public const string FileName = "curve.json";

    /// <summary>What the teacher's logits are divided by to be probabilities; fitted on dev.</summary>
    public required double TeacherTemperature { get; init; }

    /// <summary>What a text takes; null: one of the two was not timed.</summary>
    public CascadeCost? Cost { get; init; }

    /// <summary>Null: no texts out of scope were named.</summary>
    public RejectionReport? Rejection { get; init; }

    /// <summary>Null: no sets were asked for.</summary>
    public ConformalReport? Conformal { get; init; }

    /// <summary>Why nothing can be served; null: cascade.json stands beside.</summary>
    public string? NotServed { get; init; }

    /// <summary>Whether dev allows the student to answer half of the texts.</summary>
    [JsonIgnore]
    public bool IsSupported => Chosen.Dev.Deferred <= 0.5;
}

/// <summary>An accuracy on dev and on test.</summary>
public sealed record PartAccuracy(double Dev, double Test);

/// <summary>What would be chosen for a loss.</summary>
/// <param name="Epsilon">In points of accuracy.</param>
/// <param name="Point">The choice.</param>
public sealed record EpsilonChoice(double Epsilon, CascadePoint Point);

/// <summary>What a text takes on one thread, in microseconds, on average.</summary>
/// <param name="Student">The student.</param>
/// <param name="Teacher">The teacher.</param>
public sealed record CascadeCost(double Student, double Teacher)
{
    /// <summary>What the cascade takes, as a share of what the teacher alone does.</summary>
    /// <param name="deferred">The share of texts that the teacher answers.</param>
    public double OfTeacher(double deferred) => Student / Teacher + deferred;
}

/// <summary>What rejecting comes to.</summary>
/// <param name="Threshold">A text is rejected where its likeliest class is less probable than this.</param>
/// <param name="Dev">The share of dev's texts that are rejected, where the threshold was chosen.</param>
/// <param name="Test">Of test's texts.</param>
/// <param name="Texts">How many texts out of scope there are.</param>
/// <param name="Found">The share of them that is rejected.</param>
/// <param name="AreaUnderCurve">How likely the student is surer of a text of test than of one out of scope.</param>
public sealed record RejectionReport(double Threshold, double Dev, double Test, int Texts, double Found, double AreaUnderCurve);

/// <summary>What sets of classes come to.</summary>
/// <param name="Coverage">The share that was asked for.</param>
/// <param name="Threshold">The probability from which a class stands in the set.</param>
/// <param name="Test">The share of test's texts whose set holds the true class.</param>
/// <param name="MeanSize">Classes in a set of test, on average.</param>
public sealed record ConformalReport(double Coverage, double Threshold, double Test, double MeanSize);
