using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>A value from the command line that replaces the recipe's.</summary>
/// <param name="Key">The dotted key, <c>distillation.temperature</c>.</param>
/// <param name="Value">The value as a recipe would hold it; for text keys taken as it is, unless it stands in quotes.</param>
/// <param name="Origin">How it was given, for messages: <c>--device</c>.</param>
public sealed record RecipeOverride(string Key, string Value, string Origin)
{
    /// <summary>Reads the argument of <c>--set</c>: <c>distillation.temperature=3</c>.</summary>
    /// <exception cref="UsageException">There is no key or no equals sign.</exception>
    public static RecipeOverride Parse(string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw new UsageException($"--set '{assignment}': expected a key and a value, such as " +
                "--set distillation.temperature=3");
        }
        return new(assignment[..equals].Trim(), assignment[(equals + 1)..].Trim(), $"--set {assignment}");
    }
}
