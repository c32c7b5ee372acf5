using Retort.Distillation;
using Retort.Pipeline;

namespace Retort.Tuning.Space;

/// <summary>
/// What is tried where nobody says: temperature × weight of the soft labels. Small data want a low temperature, which keeps to what the teacher is sure of;
/// large data bear a high one, which shows more of how it sees the other classes; imbalanced data a low one, at which rare classes are not drowned.
/// </summary>
internal static class DefaultSpace
{
    private static readonly string[] Weights = ["0.5", "0.7", "0.9", "1"];

    public static SearchSpace Of(Situation situation, Recipe recipe)
    {
        string[] temperatures = situation.Kind switch
        {
            SituationKind.ImbalancedData => ["1", "1.5", "2"],
            SituationKind.LargeData => ["2", "3", "4", "5"],
            _ => ["1", "2", "3"],
        };
        var temperature = new Parameter("distillation.temperature") { Values = temperatures };
        var weight = new Parameter("distillation.soft_label_weight") { Values = Weights, Complement = "distillation.hard_label_weight" };
        bool isMse = recipe.Distillation is { SoftLabelLoss: SoftLabelLoss.Mse, SoftLabelWeight: > 0, HardLabelWeight: 0 };
        return new SearchSpace(recipe.Data.Unlabelled ? [temperature] : [temperature, weight])
        {
            // Mean squared error on logits knows no temperature, and is the recipe's default: it is one point beside the grid.
            Fixed = new SortedDictionary<string, string> { ["distillation.soft_label_loss"] = "kl" },
            Beside = isMse ? [] : [new SortedDictionary<string, string>
            {
                ["distillation.soft_label_loss"] = "mse",
                ["distillation.soft_label_weight"] = "1",
                ["distillation.hard_label_weight"] = "0",
            }],
        };
    }
}
