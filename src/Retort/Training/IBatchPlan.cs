namespace Retort.Training;

/// <summary>Which texts go together at which step.</summary>
public interface IBatchPlan
{
    /// <summary>Steps that see as many texts as there are: the length of a training and its looks at dev are counted in these.</summary>
    int StepsPerEpoch { get; }

    /// <summary>The indices of the texts of the next step. A plan that is made anew gives the same for the same state.</summary>
    /// <param name="state">The steps taken so far, and what dev said of them.</param>
    int[] Batch(TrainingState state);
}
