using System.Text.Json;

namespace Retort.Fractionation;

/// <summary>What a text is scored by; the higher, the harder.</summary>
public enum Score
{
    /// <summary>By chance: the control.</summary>
    Random,

    /// <summary>By chance, anew before each choice: the control of a score that follows the student.</summary>
    RandomAnew,

    /// <summary>Of the teacher's probabilities, in nats; with several labels the sum over them.</summary>
    Entropy,

    /// <summary>1 − the largest probability of the teacher + the second largest; with several labels of the least sure one.</summary>
    Margin,

    /// <summary>1 − the largest probability of the teacher; with several labels of the least sure one.</summary>
    LeastConfidence,

    /// <summary>Mean cosine of the teacher's pooled state to those of the nearest texts of the target.</summary>
    Likeness,

    /// <summary>Log-odds of target over transfer set, of a classifier of the teacher's pooled states.</summary>
    DensityRatio,

    /// <summary>How much better a language model of the target predicts the text than one of the transfer set (Moore and Lewis 2010): needs no word of the teacher.</summary>
    LanguageModel,

    /// <summary>How early the text comes where each next one is the farthest from those before, in the teacher's pooled states.</summary>
    FarthestFirst,

    /// <summary>How early the text comes where each next one makes all texts most like one of those chosen.</summary>
    FacilityLocation,

    /// <summary>Entropy of the student's probabilities, in nats, computed anew in training: needs no word of the teacher.</summary>
    Uncertainty,

    /// <summary>KL of the student from the teacher, in nats, computed anew in training.</summary>
    Divergence,

    /// <summary>
    /// The standard deviation of the student's probability of the text's class over the times that scores were computed:
    /// dataset cartography (Swayamdipta et al. 2020, arXiv:2009.10795).
    /// </summary>
    Variability,

    /// <summary>How often the student lost the text's class that it had: Toneva et al. 2019, arXiv:1812.05159; never had it counts most.</summary>
    Forgetting,
}

/// <summary>How several scores become one.</summary>
public enum ScoreCombination
{
    /// <summary>The mean of their ranks, each from 0 to 1.</summary>
    RankMean,

    /// <summary>The product of their ranks.</summary>
    Product,

    /// <summary>The first chooses; the mean of the others' ranks says how often a chosen text is seen.</summary>
    FilterThenWeight,
}

/// <summary>Which texts, given their scores.</summary>
public enum Selection
{
    Highest,
    Lowest,

    /// <summary>Those whose rank is nearest to a middle: neither easy nor hopeless.</summary>
    Band,

    /// <summary>Drawn anew for every pass, without replacement, with weights exp(rank / temperature).</summary>
    Sample,
}

/// <summary>What becomes of labelled texts that are not chosen.</summary>
public enum Unchosen
{
    /// <summary>Nothing is learnt from them.</summary>
    LeftOut,

    /// <summary>They are learnt by their labels, and need no word of the teacher.</summary>
    Label,
}

/// <summary>The share of each class in a fraction.</summary>
public enum ClassQuota
{
    /// <summary>As the scores have it.</summary>
    None,

    /// <summary>As in the transfer set.</summary>
    Proportional,

    /// <summary>As many of each, as far as there are as many.</summary>
    Equal,
}

/// <summary>How often a text is seen, by its class.</summary>
public enum ClassBalance
{
    None,

    /// <summary>∝ 1 / count.</summary>
    Inverse,

    /// <summary>∝ 1 / √count.</summary>
    SquareRoot,

    /// <summary>∝ (1 − β) / (1 − βᶜᵒᵘⁿᵗ): Cui et al. 2019, arXiv:1901.05555.</summary>
    EffectiveNumber,

    /// <summary>∝ the share that is aimed at / count.</summary>
    Prior,
}

/// <summary>How the fraction changes in training.</summary>
public enum Schedule
{
    Constant,

    /// <summary>One fraction after the other.</summary>
    Stages,

    /// <summary>From a first fraction in equal steps.</summary>
    Linear,

    /// <summary>From a first fraction along half a cosine.</summary>
    Cosine,

    /// <summary>Growing: in each round further texts come in by their scores, and none goes. The teacher may label what is chosen alone.</summary>
    Rounds,

    /// <summary>Down while the agreement on dev rises, up when it does not.</summary>
    Adaptive,
}

/// <summary>What is known of scores.</summary>
internal static class ScoreFacts
{
    /// <summary>As recipes and files call it: <c>least_confidence</c>.</summary>
    public static string Name(this Score score) => JsonNamingPolicy.SnakeCaseLower.ConvertName(score.ToString());

    /// <summary>Whether it depends on the student, and so on the step.</summary>
    public static bool IsOfStudent(this Score score) => score is Score.Uncertainty or Score.Divergence or Score.Variability or Score.Forgetting;

    /// <summary>Whether it says nothing without the teacher's signal of the text.</summary>
    public static bool NeedsTeacher(this Score score) => score is not (Score.Random or Score.RandomAnew or Score.Uncertainty or Score.LanguageModel);

    /// <summary>Whether it says how like a text is to those of a target.</summary>
    public static bool NeedsTarget(this Score score) => score is Score.Likeness or Score.DensityRatio or Score.LanguageModel;

    /// <summary>Whether it goes by the teacher's pooled states.</summary>
    public static bool NeedsStates(this Score score) => score is Score.Likeness or Score.DensityRatio or Score.FarthestFirst or Score.FacilityLocation;

    /// <summary>Whether it is the teacher's answer that it goes by.</summary>
    public static bool IsOfAnswers(this Score score) => score is Score.Entropy or Score.Margin or Score.LeastConfidence;

    /// <summary>How many times a score must have been computed before it says anything; till then texts are chosen by chance.</summary>
    public static int LeastLooks(this Score score) => score switch
    {
        Score.Variability or Score.Forgetting => 2,
        Score.Uncertainty or Score.Divergence => 1,
        _ => 0,
    };
}
