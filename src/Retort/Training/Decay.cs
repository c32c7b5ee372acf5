namespace Retort.Training;

/// <summary>How a learning rate falls after its warm-up.</summary>
public enum Decay { Linear, Cosine }
