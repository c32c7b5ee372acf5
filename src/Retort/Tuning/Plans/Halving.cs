namespace Retort.Tuning.Plans;

/// <summary>
/// Successive halving: of the trials of a rung one of so many goes on to the next, which has more epochs. A rung is judged when all of its trials are over, so
/// that what is tried does not depend on how many processes work. A trial that goes on is trained anew with the epochs of its rung: the learning rate falls to 0
/// over them, so that every trial of a rung is a finished training, and the last rung's is what a run of that recipe gives.
/// </summary>
/// <param name="rungs">Epochs of each, rising.</param>
/// <param name="reduction">One of so many goes on; at least one does.</param>
internal sealed class Halving(IReadOnlyList<int> rungs, int reduction)
{
    public IReadOnlyList<int> Rungs => rungs;

    /// <summary>The rungs below a number of epochs, each with fewer by the reduction; three at most, and none with less than an epoch.</summary>
    public static int[] RungsBelow(int epochs, int reduction) =>
        [.. new[] { epochs / (reduction * reduction), epochs / reduction, epochs }.Where(rung => rung >= 1).Distinct()];

    /// <summary>The trials that go on now, best first: of the first rung that is over, and from which none has gone on.</summary>
    /// <param name="trials">All trials, of every rung.</param>
    /// <param name="best">The trials that count, the best first.</param>
    public IReadOnlyList<Trial> Promoted(IReadOnlyList<Trial> trials, Func<IEnumerable<Trial>, IEnumerable<Trial>> best)
    {
        for (int rung = 0; rung < rungs.Count - 1; rung++)
        {
            Trial[] there = [.. trials.Where(trial => trial.Rung == rung)];
            if (there.Any(trial => trial.State is TrialState.Waiting or TrialState.Running))
                return [];
            if (trials.Any(trial => trial.Rung == rung + 1))
                continue;
            return [.. best(there).Take(Math.Max(1, there.Length / reduction))];
        }
        return [];
    }
}
