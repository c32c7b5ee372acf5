namespace Retort.Tuning.Plans;

/// <summary>What a study does next. It follows from what is done alone, so that any process can ask, also after all others were killed.</summary>
internal interface IStudyPlan
{
    /// <summary>The trainings that are wanted beside those that there are; none while others must end first, and none when the study is over.</summary>
    /// <param name="configurations">Those that there are, by number.</param>
    /// <param name="trials">Those that there are.</param>
    IReadOnlyList<WantedTrial> Next(IReadOnlyList<Configuration> configurations, IReadOnlyList<Trial> trials);
}
