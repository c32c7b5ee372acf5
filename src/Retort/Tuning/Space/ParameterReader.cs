using System.Globalization;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tuning.Space;

/// <summary>Reads the argument of <c>--vary</c>: <c>key=1,2,3</c>, <c>key=0.1..0.5</c>, <c>key=1e-4..5e-3:log</c>, <c>key=64..256:int</c>.</summary>
internal static class ParameterReader
{
    private const string Expected = "expected a key and its values, such as distillation.temperature=1,2,3, distillation.learning_rate=1e-4..5e-3:log or student.filters=64..256:int";

    /// <summary>What the study sets itself, with the reason.</summary>
    private static readonly Dictionary<string, string> Reserved = new(StringComparer.Ordinal)
    {
        ["name"] = "each trial has a run of its own",
        ["runs"] = "each trial has a run of its own",
        ["results"] = "trials add nothing to a results file",
        ["machine.threads"] = "trials share the machine (--workers)",
        ["distillation.seeds"] = "trials have the recipe's first seed, and finalists several (--finalist-seeds)",
        ["distillation.metric"] = "trials are compared by it (--objective)",
        ["baseline.linear"] = "it makes no student another",
        ["baseline.without_teacher"] = "it makes no student another",
    };

    /// <exception cref="UsageException">It is not one, or names a key that there is not, or that is not to be varied.</exception>
    public static Parameter Read(string given)
    {
        int equals = given.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || equals == given.Length - 1)
            throw Wrong(given, Expected);
        string name = given[..equals].Trim(), values = given[(equals + 1)..].Trim();
        RecipeKey key = RecipeSchema.Find(name) ?? throw Wrong(given, $"unknown key '{name}': {RecipeSchema.Suggest(name)}");
        if (key.IsSection)
            throw Wrong(given, $"{name} is a section: expected one of {string.Join(", ", RecipeSchema.Within(key).Select(inner => inner.Name))}");
        if (Reserved.TryGetValue(name, out string? reason))
            throw Wrong(given, $"{name} is not to be varied: {reason}");
        if (name.StartsWith("data.", StringComparison.Ordinal) && name != "data.train_limit")
            throw Wrong(given, $"{name} is not to be varied: trials on other texts cannot be compared; expected a key outside data, or data.train_limit");
        return values.Contains("..", StringComparison.Ordinal) && key.Type != typeof(string) && !key.Type.IsArray ? Range(given, key, values) : List(given, key, values);
    }

    private static Parameter List(string given, RecipeKey key, string list)
    {
        string[] items = [.. Split(list)];
        if (items.FirstOrDefault(item => item.Length == 0) is not null)
            throw Wrong(given, "a value is empty: expected values with a comma between two");
        string[] values = [.. items.Select(item => Held(given, key, item))];
        if (values.GroupBy(value => value, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Wrong(given, $"{twice.Key} stands twice: expected each value once");
        return new Parameter(key.Name) { Values = values };
    }

    // A process that joins may stand in another folder.
    private static string Held(string given, RecipeKey key, string item)
    {
        RecipeValue read = RecipeReader.ReadOverride(new RecipeOverride(key.Name, item, $"--vary {given}"), key);
        object value = read.To(key);
        return RecipeWriter.Text(key.Path is { } kind ? RecipePaths.Map(value, path => RecipePaths.Escape(RecipePaths.Resolve(path, kind, read.Folder, key.Name, read.Origin))) : value);
    }

    private static Parameter Range(string given, RecipeKey key, string values)
    {
        string[] parts = values.Split(':');
        string[] ends = parts[0].Split("..");
        if (key.Type != typeof(int) && key.Type != typeof(double))
            throw Wrong(given, $"{key.Name} is no number, and so has no range: expected a list of its values");
        if (ends.Length != 2 || !double.TryParse(ends[0], CultureInfo.InvariantCulture, out double low) || !double.TryParse(ends[1], CultureInfo.InvariantCulture, out double high)
            || !double.IsFinite(low) || !double.IsFinite(high))
            throw Wrong(given, $"'{parts[0]}' is no range: expected two numbers, such as 64..256");
        if (low >= high)
            throw Wrong(given, $"the range goes from {ends[0]} to {ends[1]}: expected the smaller number first");
        string? other = parts[1..].FirstOrDefault(word => word is not "log" and not "int");
        if (other is not null)
            throw Wrong(given, $"'{other}' stands behind the range: expected log, int or both");
        bool whole = key.Type == typeof(int) || parts.Contains("int");
        if (whole && (low != Math.Floor(low) || high != Math.Floor(high)))
            throw Wrong(given, $"the range of whole numbers goes from {ends[0]} to {ends[1]}: expected whole numbers");
        bool logarithmic = parts.Contains("log");
        if (logarithmic && low <= 0)
            throw Wrong(given, $"a range with log begins at {ends[0]}: expected a number above 0");
        return new Parameter(key.Name) { Low = low, High = high, IsWhole = whole, IsLogarithmic = logarithmic };
    }

    // A list of lists has its commas within brackets: student.windows=[2,3],[3,4,5].
    private static IEnumerable<string> Split(string values)
    {
        int depth = 0, start = 0;
        for (int k = 0; k <= values.Length; k++)
        {
            if (k < values.Length)
                depth += values[k] == '[' ? 1 : values[k] == ']' ? -1 : 0;
            if (k < values.Length && (values[k] != ',' || depth > 0))
                continue;
            yield return values[start..k].Trim();
            start = k + 1;
        }
    }

    private static UsageException Wrong(string given, string what) => new($"--vary {given}: {what}");
}
