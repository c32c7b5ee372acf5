using Retort.Evaluation;
using Retort.Metrics;

namespace Retort.Tuning.Plans;

/// <summary>A step of an ablation that was taken.</summary>
/// <param name="Configuration">What was trained.</param>
/// <param name="Scores">On dev, over seeds; null where no training of it ended well.</param>
/// <param name="Gain">Over the last that was kept; null of the first.</param>
/// <param name="Kept">Whether it pays.</param>
public sealed record AblationOutcome(Configuration Configuration, Spread? Scores, Gain? Gain, bool Kept);

/// <summary>
/// No teacher, then soft labels, then one step after the other on top of those that were kept: a step stays where its mean over the seeds is above the last one's by
/// more than the standard error of the difference.
/// </summary>
/// <param name="steps">What may be added to soft labels.</param>
/// <param name="labelled">Whether there are labels to learn from without a teacher.</param>
/// <param name="seeds">Of each step.</param>
/// <param name="ranking">What steps are compared by.</param>
internal sealed class AblationPlan(IReadOnlyList<AblationStep> steps, bool labelled, IReadOnlyList<int> seeds, Ranking ranking) : IStudyPlan
{
    public IReadOnlyList<WantedTrial> Next(IReadOnlyList<Configuration> configurations, IReadOnlyList<Trial> trials)
    {
        if (trials.Any(trial => trial.State is TrialState.Waiting or TrialState.Running))
            return [];
        IReadOnlyList<AblationOutcome> taken = Taken(configurations, trials);
        return Step(taken) is { } configuration ? [.. seeds.Select(seed => new WantedTrial(configuration, seed, 0, 0))] : [];
    }

    /// <summary>The steps that are over, in order.</summary>
    public IReadOnlyList<AblationOutcome> Taken(IReadOnlyList<Configuration> configurations, IReadOnlyList<Trial> trials)
    {
        var taken = new List<AblationOutcome>();
        foreach (Configuration configuration in configurations)
        {
            double[] scores = [.. trials.Where(trial => trial.Configuration == configuration.Number && trial.State == TrialState.Done).OrderBy(trial => trial.Seed).Select(ranking.Score).OfType<double>()];
            Spread? spread = scores.Length == 0 ? null : Spread.Of(scores);
            Spread? last = taken.LastOrDefault(step => step.Kept)?.Scores;
            Gain? gain = spread is null || last is null ? null : Gain.Of(last, spread);
            taken.Add(new AblationOutcome(configuration, spread, gain, spread is not null && (last is null || gain!.Pays)));
        }
        return taken;
    }

    /// <summary>What is trained after some steps; null: they were all.</summary>
    private Configuration? Step(IReadOnlyList<AblationOutcome> taken)
    {
        int before = labelled ? 2 : 1, place = taken.Count - before;
        if (place >= steps.Count)
            return null;
        bool[] on = [.. steps.Select((_, k) => k == place || (before + k < taken.Count && taken[before + k].Kept))];
        var changes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int k = 0; k < steps.Count; k++)
        {
            foreach ((string key, string value) in on[k] ? steps[k].On : steps[k].Off)
                changes[key] = value;
        }
        (string name, Role role) = place >= 0 ? (steps[place].Name, Role.Student) : place == -1 ? (labelled ? "+ soft labels" : "soft labels", Role.Student) : ("no teacher", Role.StudentWithoutTeacher);
        return new Configuration(taken.Count, name, role, changes);
    }
}
