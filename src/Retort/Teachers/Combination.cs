namespace Retort.Teachers;

/// <summary>How several teachers become one.</summary>
public enum Combination
{
    /// <summary>The first of them, in the order of the recipe, that has a signal of the text.</summary>
    First,

    /// <summary>The mean of their probabilities.</summary>
    MeanProbabilities,

    /// <summary>The mean of their logits, each teacher's centred at 0 over the classes.</summary>
    MeanLogits,

    /// <summary>The mean of their probabilities, each weighted by the log odds of its accuracy on dev.</summary>
    DevAccuracy,

    /// <summary>The mean of their probabilities, each weighted on each text by exp(−entropy): by how sure it is there.</summary>
    Confidence,

    /// <summary>
    /// The mean of their probabilities, each weighted on each labelled text by how little its cross-entropy is beside the
    /// others' (CA-MKD, Zhang et al. 2022, arXiv:2201.00007); on an unlabelled text as <see cref="Confidence"/>.
    /// </summary>
    Correctness,

    /// <summary>The mean of their probabilities, with the weights that make dev likeliest.</summary>
    Learned,

    /// <summary>On each text the teacher that has the best F1 on dev for the class that the mean of all takes it for.</summary>
    ByClass,
}
