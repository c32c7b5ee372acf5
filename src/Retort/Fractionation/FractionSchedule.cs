using Retort.Runs;
using Retort.Training;

namespace Retort.Fractionation;

/// <summary>Which fraction holds at which step. Pure: a function of the options and of what dev said.</summary>
internal sealed class FractionSchedule
{
    /// <summary>What adaptive multiplies the fraction by, or divides it by.</summary>
    private const double AdaptiveFactor = 0.8;

    private const string MoreChoices = "more distillation.epochs, or a smaller fractionation.refresh_steps";

    private readonly FractionationOptions _options;
    private readonly long[] _starts, _stageStarts;

    /// <param name="options">Which.</param>
    /// <param name="steps">Steps of the training.</param>
    /// <param name="stepsPerEpoch">Steps that see as many texts as there are.</param>
    /// <exception cref="UsageException">There are too few steps for the fraction to change, or for the student's scores to say anything.</exception>
    public FractionSchedule(FractionationOptions options, long steps, int stepsPerEpoch)
    {
        _options = options;
        _stageStarts = options.Schedule == Schedule.Stages
            ? [0, .. options.StageEnds[..^1].Select(end => (long)Math.Round(end * steps, MidpointRounding.AwayFromZero))] : [0];
        bool refreshes = options.ScoresAnew || options.Schedule is Schedule.Linear or Schedule.Cosine or Schedule.Adaptive;
        _starts = options.Schedule == Schedule.Rounds ? RoundStarts(options, steps) : [.. Multiples(options, refreshes ? steps : 0, stepsPerEpoch).Union(_stageStarts).Order()];
        RequireLooks(steps);
        RequireChange(steps);
    }

    /// <summary>The steps before which texts are chosen anew, in order; the first is 0.</summary>
    public IReadOnlyList<long> Starts => _starts;

    /// <summary>The number of the choice that holds at a step.</summary>
    public int At(long step)
    {
        int found = Array.BinarySearch(_starts, step);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>The fraction of a choice.</summary>
    /// <param name="choice">Its number.</param>
    /// <param name="history">Every look at dev before it.</param>
    public double Fraction(int choice, IReadOnlyList<Look> history)
    {
        if (!_options.Chooses)
            return 1;
        double way = _starts.Length > 1 ? (double)_starts[choice] / _starts[^1] : 1;
        return _options.Schedule switch
        {
            Schedule.Stages => _options.StageFractions[StageAt(_starts[choice])],
            Schedule.Linear => _options.FirstFraction + way * (_options.Fraction - _options.FirstFraction),
            Schedule.Cosine => _options.Fraction + (_options.FirstFraction - _options.Fraction) * (1 + Math.Cos(Math.PI * way)) / 2,
            Schedule.Adaptive => Adaptive(choice, history).Share,
            Schedule.Rounds => _options.Fraction * (choice + 1) / _options.Rounds,
            _ => _options.Fraction,
        };
    }

    /// <summary>What an adaptive fraction of a choice goes by; null: there is nothing.</summary>
    /// <param name="choice">Its number.</param>
    /// <param name="history">Every look at dev before it.</param>
    public AdaptiveReason? Reason(int choice, IReadOnlyList<Look> history) =>
        _options is { Chooses: true, Schedule: Schedule.Adaptive } ? Adaptive(choice, history).Reason : null;

    private static IEnumerable<long> Multiples(FractionationOptions options, long steps, int stepsPerEpoch)
    {
        long refresh = options.RefreshSteps > 0 ? options.RefreshSteps : stepsPerEpoch;
        for (long step = refresh; step < steps; step += refresh)
            yield return step;
    }

    private static long[] RoundStarts(FractionationOptions options, long steps)
    {
        long refresh = options.RefreshSteps > 0 ? options.RefreshSteps : steps / 2 / Math.Max(1, options.Rounds - 1), last = refresh * (options.Rounds - 1);
        if (options.Rounds > 1 && (refresh == 0 || last >= steps))
        {
            throw new UsageException($"{options.Rounds} rounds of {Math.Max(1, refresh)} steps are not over before the training, which has {steps} steps: expected fewer "
                + "rounds, fewer steps in fractionation.refresh_steps, or more epochs")
            { Key = "fractionation.rounds" };
        }
        return [.. Enumerable.Range(0, options.Rounds).Select(round => round * refresh)];
    }

    // One look at the student stands before each choice but the first.
    private void RequireLooks(long steps)
    {
        int looks = _options.Scores.Select(score => score.LeastLooks()).DefaultIfEmpty().Max();
        if (looks == 0 || _starts.Length > looks)
            return;
        bool rounds = _options.Schedule == Schedule.Rounds;
        string name = _options.Scores.First(score => score.LeastLooks() == looks).Name();
        throw new UsageException($"fractionation.scores names {name}, which says nothing before choice {looks + 1}, and the training has {steps} steps and {_starts.Length} of them: "
            + $"expected at least {looks + 1}; set {(rounds ? "more fractionation.rounds" : MoreChoices)}")
        { Key = rounds ? "fractionation.rounds" : "fractionation.refresh_steps" };
    }

    private void RequireChange(long steps)
    {
        bool changes = _options.Schedule switch
        {
            Schedule.Linear or Schedule.Cosine or Schedule.Adaptive => _starts.Length > 1,
            Schedule.Stages => _stageStarts.Length == 1 || _stageStarts[^1] > 0,
            _ => true,
        };
        if (changes || !_options.Chooses)
            return;
        string name = _options.Schedule.ToString().ToLowerInvariant();
        throw new UsageException($"fractionation.schedule is {name}, and the training has {steps} steps and one choice of texts, so that the fraction never changes: "
            + $"expected at least 2 choices; set {(_options.Schedule == Schedule.Stages ? "more distillation.epochs" : MoreChoices)}, or the schedule constant")
        { Key = "fractionation.schedule" };
    }

    private int StageAt(long step)
    {
        int stage = _stageStarts.Length - 1;
        while (_stageStarts[stage] > step)
            stage--;
        return stage;
    }

    private (double Share, AdaptiveReason? Reason) Adaptive(int choice, IReadOnlyList<Look> history)
    {
        double share = _options.FirstFraction;
        double? best = null;
        AdaptiveReason? reason = null;
        for (int k = 1; k <= choice; k++)
        {
            double[] looks = [.. history.Where(look => look.Step > _starts[k - 1] && look.Step <= _starts[k]).Select(look => look.Scores.Agreement)];
            reason = looks.Length == 0 ? null : new AdaptiveReason(looks.Max(), best, share);
            if (reason is null)
                continue;
            bool rises = reason.Agreement > (best ?? double.NegativeInfinity);
            share = rises ? Math.Max(_options.Fraction, share * AdaptiveFactor) : Math.Min(_options.FirstFraction, share / AdaptiveFactor);
            best = rises ? reason.Agreement : best;
        }
        return (share, reason);
    }
}
