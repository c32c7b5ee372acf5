using Retort.Runtime.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>How a student's weights begin.</summary>
internal static class TextCnnWeights
{
    /// <summary>
    /// Embeddings uniform in ±0.25 (Kim 2014), n-grams normal with sd 0.02, norms 1 and 0, all else uniform in
    /// ±1/√(inputs). Drawn on the CPU in the order of the names, so that a seed gives the same weights everywhere.
    /// </summary>
    public static void Initialize(TextCnn module, long seed)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var generator = new Generator((ulong)seed, CPU);
        Dictionary<string, Parameter> parameters = module.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, Parameter parameter) in parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (name == StudentShape.EmbeddingWeight)
                parameter.uniform_(-0.25, 0.25, generator);
            else if (name == StudentShape.NgramWeight)
                parameter.normal_(0, 0.02, generator);
            else if (name.StartsWith("embedding_norm.", StringComparison.Ordinal))
                parameter.fill_(name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0);
            else
                FillByInputs(parameter, parameters[name[..name.LastIndexOf('.')] + ".weight"], generator);
        }
    }

    private static void FillByInputs(Parameter parameter, Parameter weight, Generator generator)
    {
        double bound = 1 / Math.Sqrt(weight.numel() / (double)weight.shape[0]);
        parameter.uniform_(-bound, bound, generator);
    }
}
