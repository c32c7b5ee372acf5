using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>A table of embeddings, whose gradients are sparse.</summary>
/// <param name="Name">Its parameter's full name.</param>
/// <param name="LearningRate">Peak learning rate.</param>
/// <param name="WeightDecay">Decoupled weight decay.</param>
/// <param name="Scale">What its steps are scaled by.</param>
public sealed record EmbeddingRate(string Name, double LearningRate, double WeightDecay, GradientScale Scale = GradientScale.Row);

/// <summary>Splits a module's parameters into groups.</summary>
public static class ParameterGroups
{
    /// <summary>What learns, in three kinds: what decays; norms and biases, which do not; and each table, with rates of its own.</summary>
    /// <param name="module">Its parameters are named as their fields: a norm has "norm" in its name.</param>
    /// <param name="settings">Learning rate and weight decay of all but the tables.</param>
    /// <param name="tables">A table that the module lacks, or that does not learn, makes an empty group.</param>
    public static IReadOnlyList<ParameterGroup> Of(nn.Module module, ITrainingSettings settings, params EmbeddingRate[] tables)
    {
        (string Name, Parameter Value)[] all = module.named_parameters().Where(p => p.parameter.requires_grad).Select(p => (p.name, p.parameter)).ToArray();
        (string, Parameter)[] Pick(Predicate<string> wanted) => Array.FindAll(all, p => wanted(p.Name));
        bool IsTable(string name) => Array.Exists(tables, table => table.Name == name);
        return
        [
            new(Pick(name => !IsTable(name) && !IsNormOrBias(name)), settings.LearningRate, settings.WeightDecay),
            new(Pick(name => !IsTable(name) && IsNormOrBias(name)), settings.LearningRate, 0),
            .. tables.Select(table => new ParameterGroup(
                Pick(name => name == table.Name), table.LearningRate, table.WeightDecay, table.Scale)),
        ];
    }

    private static bool IsNormOrBias(string name) =>
        name.EndsWith(".bias", StringComparison.Ordinal) || name.Contains("norm", StringComparison.OrdinalIgnoreCase);
}
