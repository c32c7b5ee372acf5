using System.Globalization;
using System.Numerics;

namespace Retort.Runs;

/// <summary>The ranges that options are checked against; each throws a <see cref="UsageException"/> with the key.</summary>
public static class OptionRange
{
    public static void AtLeast<T>(string key, T value, T bound) where T : INumber<T> =>
        Require(T.IsFinite(value) && value >= bound, key, value, $"a number of at least {Text(bound)}");

    public static void Above(string key, double value, double bound) =>
        Require(double.IsFinite(value) && value > bound, key, value, $"a number above {Text(bound)}");

    public static void Within<T>(string key, T value, T low, T high) where T : INumber<T> =>
        Require(value >= low && value <= high, key, value, $"a number from {Text(low)} to {Text(high)}");

    /// <summary>A share from 0 that leaves something: 1 is refused.</summary>
    public static void ShareBelowOne(string key, double value) =>
        Require(value is >= 0 and < 1, key, value, "a number from 0 to below 1");

    public static void Defined<T>(string key, T value) where T : struct, Enum =>
        Require(Enum.IsDefined(value), key, value, $"one of {string.Join(", ", Enum.GetNames<T>())}");

    public static void NotEmpty(string key, string value, string expected)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw new UsageException($"{key} is empty: expected {expected}") { Key = key };
    }

    /// <summary>A list of at least one number, each within the bounds and none twice.</summary>
    public static void Distinct(string key, int[] values, int low, int high)
    {
        if (values.Length == 0)
            throw new UsageException($"{key} is an empty list: expected at least one number") { Key = key };
        foreach (int value in values)
            Within(key, value, low, high);
        if (values.GroupBy(value => value).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"{key} holds {twice.Key} twice: expected each number once") { Key = key };
    }

    private static void Require(bool holds, string key, object value, string expected)
    {
        if (!holds)
            throw new UsageException($"{key} is {Text(value)}: expected {expected}") { Key = key };
    }

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
