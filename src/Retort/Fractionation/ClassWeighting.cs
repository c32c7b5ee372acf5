using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>How often texts of a class are seen.</summary>
internal static class ClassWeighting
{
    /// <summary>(classes) The weight of a text of each class.</summary>
    /// <param name="options">Which rule.</param>
    /// <param name="counts">(classes) Texts of each in the transfer set.</param>
    /// <param name="names">(classes) For messages.</param>
    /// <exception cref="UsageException">A class has no text to see more often, or the prior is of other classes.</exception>
    public static double[] Of(FractionationOptions options, IReadOnlyList<int> counts, IReadOnlyList<string> names)
    {
        if (options.ClassBalance == ClassBalance.None)
            return [.. counts.Select(_ => 1.0)];
        if (options.ClassBalance == ClassBalance.Prior && options.ClassPrior.Length != counts.Count)
        {
            throw new UsageException($"fractionation.class_prior names {options.ClassPrior.Length} shares: expected {counts.Count}, one for each of {string.Join(", ", names)}")
            { Key = "fractionation.class_prior" };
        }
        RequireTexts(counts, names, "fractionation.class_balance");
        return [.. counts.Select((count, k) => options.ClassBalance switch
        {
            ClassBalance.Inverse => 1.0 / count,
            ClassBalance.SquareRoot => 1 / Math.Sqrt(count),
            ClassBalance.EffectiveNumber => (1 - options.EffectiveNumberBeta) / (1 - Math.Pow(options.EffectiveNumberBeta, count)),
            _ => options.ClassPrior[k] / count,
        })];
    }

    /// <summary>(classes) What is added to each of the student's logits in training: Menon et al. 2021, arXiv:2007.07314.</summary>
    /// <param name="strength">Times the log of the class's frequency.</param>
    /// <param name="counts">(classes) Texts of each.</param>
    /// <param name="names">(classes) For messages.</param>
    /// <exception cref="UsageException">A class has no text: its frequency has no logarithm.</exception>
    public static float[] LogitAdjustment(double strength, IReadOnlyList<int> counts, IReadOnlyList<string> names)
    {
        RequireTexts(counts, names, "fractionation.logit_adjustment");
        double all = counts.Sum(count => (long)count);
        return [.. counts.Select(count => (float)(strength * Math.Log(count / all)))];
    }

    private static void RequireTexts(IReadOnlyList<int> counts, IReadOnlyList<string> names, string key)
    {
        int empty = counts.ToList().IndexOf(0);
        if (empty >= 0)
            throw new UsageException($"{key} is set, and no text of the transfer set is of the class {names[empty]}: expected at least one; leave the class out of data.label_file, or the key unset") { Key = key };
    }
}
