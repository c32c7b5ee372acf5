namespace Retort.Onnx;

/// <summary>What every exported classifier ends with.</summary>
internal static class ClassifierOutputs
{
    /// <summary>The classifier's layer and the probabilities, as outputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="features">(batch, width).</param>
    /// <param name="width">Width of the features.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="temperature">What logits are divided by before they become probabilities.</param>
    /// <param name="multiLabel">Sigmoid instead of softmax.</param>
    public static void Add(GraphBuilder graph, string features, long width, long classes, double temperature, bool multiLabel)
    {
        string logits = graph.Named(TensorNames.Logits, "Gemm",
            [features, graph.Weight("classifier.weight", [classes, width]), graph.Weight("classifier.bias", [classes])],
            GraphBuilder.Int("transB", 1));
        string scaled = graph.Node("Div", [logits, graph.Scalar((float)temperature)]);
        if (multiLabel)
            graph.Named(TensorNames.Probabilities, "Sigmoid", [scaled]);
        else
            graph.Named(TensorNames.Probabilities, "Softmax", [scaled], GraphBuilder.Int("axis", -1));
        graph.Output(TensorNames.Logits, classes);
        graph.Output(TensorNames.Probabilities, classes);
    }
}
