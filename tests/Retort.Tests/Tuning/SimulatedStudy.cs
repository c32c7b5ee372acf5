using Retort.Tuning;
using Retort.Tuning.Plans;

namespace Retort.Tests.Tuning;

/// <summary>A study whose trials are not trained: a known function tells what each comes to.</summary>
internal sealed class SimulatedStudy(IStudyPlan plan, Func<Configuration, int, int, double?> score)
{
    private readonly List<Configuration> _configurations = [];
    private readonly List<Trial> _trials = [];

    public IReadOnlyList<Configuration> Configurations => _configurations;

    public IReadOnlyList<Trial> Trials => _trials;

    /// <summary>Asks the plan and does what it wants until it wants nothing.</summary>
    /// <param name="random">Which of those that wait is done next.</param>
    public SimulatedStudy Run(Random random)
    {
        while (true)
        {
            foreach (WantedTrial wanted in plan.Next(_configurations, _trials))
            {
                if (wanted.Configuration.Number == _configurations.Count)
                    _configurations.Add(wanted.Configuration);
                Assert.DoesNotContain(_trials, trial => (trial.Configuration, trial.Seed, trial.Rung) == (wanted.Configuration.Number, wanted.Seed, wanted.Rung));
                _trials.Add(new Trial(_trials.Count + 1, wanted.Configuration.Number, wanted.Seed, wanted.Rung, wanted.Epochs, TrialState.Waiting));
            }
            int[] waiting = [.. Enumerable.Range(0, _trials.Count).Where(k => _trials[k].State == TrialState.Waiting)];
            if (waiting.Length == 0)
                return this;
            int next = waiting[random.Next(waiting.Length)];
            Trial trial = _trials[next];
            _trials[next] = score(_configurations[trial.Configuration], trial.Seed, trial.Epochs) is { } value
                ? trial with { State = TrialState.Done, Figures = new TrialFigures { Accuracy = value, Loss = 1 - value } }
                : trial with { State = TrialState.Failed, Message = "it is not finite" };
        }
    }
}
