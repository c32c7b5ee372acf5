using System.ComponentModel;
using Retort.Runs;
using Retort.Teachers;

namespace Retort.Fractionation;

/// <summary>
/// Which texts a student is distilled on, how often, and when. Fractions are of the transfer set; steps are those of the whole set,
/// so that every choice is compared at the same number of steps.
/// </summary>
public sealed record FractionationOptions
{
    [Description("What texts are chosen by, one or several of: random, random_anew, entropy, margin, least_confidence (of the teacher), likeness, density_ratio, language_model (to the target), farthest_first, facility_location (of each other), uncertainty, divergence, variability, forgetting (of the student); empty: all texts")]
    public Score[] Scores { get; init; } = [];

    [Description("Encoders that are fine-tuned on all of train but one part each, by the options of teacher, and whose answers for that part entropy, margin and least_confidence go by in place of the teacher's; 0: none")]
    public int Folds { get; init; }

    [Description("A cheap teacher, as in teacher.sources, whose answers entropy, margin and least_confidence go by in place of the teacher's, which then need not label all texts in rounds: a finished model, a file or command:LINE; empty: none")]
    [PathValue(NamedTeacher.FineTuned, "minilm", "hf:", "npm:", NamedTeacher.CommandPrefix)]
    public string Proxy { get; init; } = "";

    [Description("How several scores become one, of their ranks: rank_mean, product, or filter_then_weight (the first chooses, the others say how often)")]
    public ScoreCombination Combine { get; init; } = ScoreCombination.RankMean;

    [Description("Which of the scores: highest, lowest, band (around band_centre) or sample (at random, the likelier the higher)")]
    public Selection Select { get; init; } = Selection.Sample;

    [Description("Share of the texts that is kept")]
    public double Fraction { get; init; } = 0.3;

    [Description("What becomes of labelled texts that are not chosen: left_out, or label (learnt by their labels alone, beside the chosen ones)")]
    public Unchosen Unchosen { get; init; } = Unchosen.LeftOut;

    [Description("Middle of the band, as a share of the texts from the lowest score up")]
    public double BandCentre { get; init; } = 0.5;

    [Description("Temperature of sample, over ranks from 0 to 1: the smaller, the nearer to highest")]
    public double SampleTemperature { get; init; } = 0.5;

    [Description("Unlabelled texts of the domain that likeness, density_ratio, language_model and importance_cap go by")]
    [PathValue]
    public string Target { get; init; } = "";

    [Description("Texts of the target whose mean cosine is likeness")]
    public int Neighbours { get; init; } = 10;

    [Description("Largest weight, beside a mean of 1, of a text that is seen as often as its density in the target over that in the transfer set; 0: none")]
    public double ImportanceCap { get; init; }

    [Description("Leave out texts this like another of the transfer set (Jaccard, character trigrams); 1: none")]
    public double NearDuplicates { get; init; } = 1;

    [Description("Share of each class in a fraction: none, proportional (as in the transfer set) or equal")]
    public ClassQuota ClassQuota { get; init; } = ClassQuota.None;

    [Description("How often texts are seen by their class: none, inverse (frequency), square_root, effective_number or prior")]
    public ClassBalance ClassBalance { get; init; } = ClassBalance.None;

    [Description("Beta of effective_number")]
    public double EffectiveNumberBeta { get; init; } = 0.999;

    [Description("Shares of the classes that prior aims at, in the order of the classes")]
    public double[] ClassPrior { get; init; } = [];

    [Description("Times that the log of a class's frequency is added to the student's logit in training, against imbalance; 0: none")]
    public double LogitAdjustment { get; init; }

    [Description("How the fraction changes: constant, stages, linear, cosine, adaptive or rounds (it grows, and the teacher labels only what is chosen where no score needs more)")]
    public Schedule Schedule { get; init; } = Schedule.Constant;

    [Description("Fraction of each of the stages")]
    public double[] StageFractions { get; init; } = [0.5, 0.3, 1];

    [Description("Share of the steps at which each of the stages ends; the last is 1")]
    public double[] StageEnds { get; init; } = [0.3, 0.8, 1];

    [Description("Fraction that linear and cosine begin with, on the way to fraction, and adaptive begins with and does not exceed")]
    public double FirstFraction { get; init; } = 1;

    [Description("Rounds in which rounds grows to fraction, by as many texts each")]
    public int Rounds { get; init; } = 5;

    [Description("Steps between two choices where scores or fraction change; 0: an epoch's, or of rounds so many that the last begins at half of the steps")]
    public int RefreshSteps { get; init; }

    [Description("Also train the same student on all texts (--compare)")]
    public bool Compare { get; init; }

    /// <summary>Whether texts are chosen, beside the ways that classes are balanced.</summary>
    internal bool Chooses => Scores.Length > 0;

    /// <summary>Whether labelled texts that are not chosen are learnt by their labels.</summary>
    internal bool LearnsUnchosen => Chooses && Unchosen == Unchosen.Label;

    /// <summary>Whether a likeness to a target is asked for.</summary>
    internal bool NeedsTarget => ImportanceCap > 0 || Scores.Any(score => score.NeedsTarget());

    /// <summary>Whether encoders are fine-tuned to tell how hard the texts of train are that they have not seen.</summary>
    internal bool CrossFits => Folds > 0 && IsOfAnswers;

    /// <summary>Whether another teacher is asked how hard the texts are.</summary>
    internal bool AsksProxy => Proxy.Length > 0 && IsOfAnswers;

    /// <summary>Whether scores, or what is left out, are drawn once for all seeds, by the first of them.</summary>
    internal bool DrawsScores => ImportanceCap > 0 || NearDuplicates < 1
        || Scores.Any(score => score is Score.DensityRatio or Score.LanguageModel or Score.FarthestFirst or Score.FacilityLocation);

    /// <summary>Whether the teacher's pooled states are.</summary>
    internal bool NeedsStates => ImportanceCap > 0 || Scores.Any(score => score.NeedsStates());

    internal bool IsOn => Chooses || ClassBalance != ClassBalance.None || LogitAdjustment != 0 || ImportanceCap > 0 || NearDuplicates < 1;

    /// <summary>Whether a score depends on the student, and so on the step.</summary>
    internal bool FollowsStudent => Scores.Any(score => score.IsOfStudent());

    /// <summary>Whether scores go by what other models than the teacher say.</summary>
    internal bool AsksOthers => CrossFits || AsksProxy;

    private bool IsOfAnswers => Scores.Any(score => score.IsOfAnswers());

    /// <summary>Whether a score is another before each choice.</summary>
    internal bool ScoresAnew => FollowsStudent || Scores.Contains(Score.RandomAnew);

    /// <summary>The smallest of the fractions that a training goes through.</summary>
    internal double LeastFraction => Schedule switch
    {
        Schedule.Constant => Fraction,
        Schedule.Stages => StageFractions.Min(),
        Schedule.Rounds => Fraction / Rounds,
        _ => Math.Min(Fraction, FirstFraction),
    };

    /// <summary>Whether the teacher need not label all texts before it is known which are chosen.</summary>
    internal bool SavesCalls => Chooses && Schedule == Schedule.Rounds && !Scores.Any(score => score.NeedsTeacher() && !(AsksProxy && score.IsOfAnswers()))
        && ClassQuota == ClassQuota.None && ClassBalance == ClassBalance.None && LogitAdjustment == 0 && ImportanceCap == 0;

    /// <summary>Whether it is asked for what is chosen alone: beside a student on all texts it labels all.</summary>
    internal bool LabelsLater => SavesCalls && !Compare;

    /// <summary>Whether the last choice holds every text that was ever chosen.</summary>
    internal bool KeepsTexts => Chooses && (Schedule == Schedule.Rounds || (Schedule == Schedule.Constant && Select != Selection.Sample && !ScoresAnew));

    /// <summary>
    /// The control: texts are chosen by chance, and all else is as it was. What no longer matters is at its default, so that rules which
    /// differ in that alone have one control.
    /// </summary>
    internal FractionationOptions AtRandom()
    {
        var plain = new FractionationOptions();
        return this with
        {
            Scores = [ScoresAnew ? Score.RandomAnew : Score.Random],
            Folds = plain.Folds,
            Proxy = plain.Proxy,
            Combine = plain.Combine,
            Select = Select == Selection.Sample ? Selection.Sample : Selection.Highest,
            BandCentre = plain.BandCentre,
            Target = ImportanceCap > 0 ? Target : plain.Target,
            Neighbours = plain.Neighbours,
            Compare = false,
        };
    }

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        foreach (Score score in Scores)
            OptionRange.Defined("fractionation.scores", score);
        if (Scores.Distinct().Count() < Scores.Length)
            throw new UsageException("fractionation.scores holds one score twice: expected each once") { Key = "fractionation.scores" };
        if (Folds != 0)
            OptionRange.Within("fractionation.folds", Folds, 2, 100);
        RequireProxy();
        OptionRange.Defined("fractionation.combine", Combine);
        OptionRange.Defined("fractionation.select", Select);
        Share("fractionation.fraction", Fraction);
        OptionRange.Defined("fractionation.unchosen", Unchosen);
        string? weighing = ClassBalance != ClassBalance.None ? "class_balance" : ImportanceCap > 0 ? "importance_cap"
            : Combine == ScoreCombination.FilterThenWeight && Scores.Length > 1 ? "combine" : null;
        if (LearnsUnchosen && weighing is not null)
        {
            throw new UsageException($"fractionation.unchosen is label, and fractionation.{weighing} says how often the chosen texts are seen, which the others would upset: expected one of both")
            { Key = "fractionation.unchosen" };
        }
        OptionRange.Within("fractionation.band_centre", BandCentre, 0.0, 1.0);
        OptionRange.Above("fractionation.sample_temperature", SampleTemperature, 0);
        OptionRange.AtLeast("fractionation.neighbours", Neighbours, 1);
        if (ImportanceCap != 0)
            OptionRange.AtLeast("fractionation.importance_cap", ImportanceCap, 1);
        OptionRange.Within("fractionation.near_duplicates", NearDuplicates, 0.5, 1);
        if (NeedsTarget && Target.Length == 0)
        {
            throw new UsageException($"fractionation.target is empty, and {(ImportanceCap > 0 ? "importance_cap is set" : $"{Scores.First(score => score.NeedsTarget()).Name()} goes by it")}: "
                + "expected a file of texts of the domain that the student is for")
            { Key = "fractionation.target" };
        }
        OptionRange.Defined("fractionation.class_quota", ClassQuota);
        OptionRange.Defined("fractionation.class_balance", ClassBalance);
        OptionRange.ShareBelowOne("fractionation.effective_number_beta", EffectiveNumberBeta);
        OptionRange.AtLeast("fractionation.logit_adjustment", LogitAdjustment, 0);
        OptionRange.Defined("fractionation.schedule", Schedule);
        Share("fractionation.first_fraction", FirstFraction);
        OptionRange.Within("fractionation.rounds", Rounds, 1, 1000);
        OptionRange.AtLeast("fractionation.refresh_steps", RefreshSteps, 0);
        RequirePrior();
        RequireStages();
        if (Schedule == Schedule.Adaptive && FirstFraction < Fraction)
        {
            throw new UsageException($"fractionation.first_fraction is {Text(FirstFraction)}, and adaptive goes from it down to fraction, {Text(Fraction)}: expected at least as much")
            { Key = "fractionation.first_fraction" };
        }
        RequirePart();
    }

    // Of all texts whatever scores say is the same: the control would be the student once more.
    private void RequirePart()
    {
        bool staged = Schedule == Schedule.Stages;
        if (!Chooses || LeastFraction < 1 || (Combine == ScoreCombination.FilterThenWeight && Scores.Length > 1))
            return;
        string key = staged ? "fractionation.stage_fractions" : "fractionation.fraction";
        throw new UsageException($"{key} is {(staged ? Text(StageFractions) : "1")}, so that all texts are learnt from and fractionation.scores has no effect: choose a fraction below 1, or leave scores empty")
        { Key = key };
    }

    private void RequireProxy()
    {
        const string Key = "fractionation.proxy";
        if (Proxy.Length == 0)
            return;
        if (NamedTeacher.Parse(Proxy) is { Kind: TeacherKind.FineTuned } or { Kind: TeacherKind.Command, Place: "" })
            throw new UsageException($"{Key} is '{Proxy}': expected a finished model, a file of its answers or command:LINE") { Key = Key };
        if (Folds > 0)
            throw new UsageException($"{Key} is {Proxy}, and fractionation.folds is {Folds}: expected one of both, since scores go by the answers of one") { Key = Key };
    }

    private static void Share(string key, double value)
    {
        if (!(value is > 0 and <= 1))
            throw new UsageException($"{key} is {Text(value)}: expected a share above 0, of at most 1") { Key = key };
    }

    private void RequirePrior()
    {
        const string Key = "fractionation.class_prior";
        if (ClassBalance == ClassBalance.Prior && ClassPrior.Length == 0)
            throw new UsageException($"{Key} is empty, and class_balance is prior: expected the share of each class") { Key = Key };
        if (ClassPrior.Length > 0 && (ClassPrior.Any(share => !(share >= 0)) || Math.Abs(ClassPrior.Sum() - 1) > 1e-6))
            throw new UsageException($"{Key} is {Text(ClassPrior)}: expected shares of at least 0 that sum to 1") { Key = Key };
    }

    private void RequireStages()
    {
        foreach (double fraction in StageFractions)
            Share("fractionation.stage_fractions", fraction);
        if (StageFractions.Length == 0 || StageEnds.Length != StageFractions.Length)
        {
            throw new UsageException($"fractionation.stage_fractions names {StageFractions.Length} stages and stage_ends {StageEnds.Length}: expected as many, and at least one")
            { Key = "fractionation.stage_ends" };
        }
        for (int k = 0; k < StageEnds.Length; k++)
        {
            if (!(StageEnds[k] > (k == 0 ? 0 : StageEnds[k - 1])) || StageEnds[^1] != 1)
            {
                throw new UsageException($"fractionation.stage_ends is {Text(StageEnds)}: expected shares of the steps that rise from above 0 to 1, so that stages neither overlap nor leave a gap")
                { Key = "fractionation.stage_ends" };
            }
        }
    }

    private static string Text(params double[] values) => string.Join(", ", values.Select(value => FormattableString.Invariant($"{value}")));
}
