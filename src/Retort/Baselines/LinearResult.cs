namespace Retort.Baselines;

/// <summary>How the training of a linear model went.</summary>
/// <param name="Regularization">The L2 weight that is best on dev.</param>
/// <param name="DevAccuracy">With it.</param>
/// <param name="Texts">Labelled texts that it learnt from.</param>
/// <param name="Features">N-grams that it knows.</param>
/// <param name="Elapsed">From texts to model, all settings together.</param>
public sealed record LinearResult(double Regularization, double DevAccuracy, int Texts, int Features, TimeSpan Elapsed);
