using System.Globalization;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>A scalar as it stood in the file.</summary>
/// <param name="Text">Its content.</param>
/// <param name="Plain">Whether it stood without quotes, and may thus be a number or a truth value.</param>
internal readonly record struct RecipeScalar(string Text, bool Plain);

/// <summary>A value of a recipe before it is known what type its key wants.</summary>
/// <param name="Origin">Where it stands, for messages: <c>recipe.yaml:12</c> or <c>--set name=x</c>.</param>
/// <param name="Folder">What a relative path in it is relative to.</param>
/// <param name="IsList">Whether it is a list.</param>
/// <param name="Items">The items of the list, or the one scalar.</param>
internal sealed record RecipeValue(string Origin, string Folder, bool IsList, IReadOnlyList<RecipeScalar> Items)
{
    /// <summary>The value in the type that a key wants.</summary>
    /// <exception cref="UsageException">It cannot be read as that type.</exception>
    public object To(RecipeKey key)
    {
        if (key.Type.IsArray)
            return ToArray(key, key.Type.GetElementType()!);
        if (IsList)
            throw Wrong(key, "a list", $"{Kind(key.Type)} instead of a list");
        return Convert(key, Items[0], key.Type);
    }

    // One number is a list of one.
    private Array ToArray(RecipeKey key, Type type)
    {
        Array array = Array.CreateInstance(type, Items.Count);
        for (int k = 0; k < Items.Count; k++)
            array.SetValue(Convert(key, Items[k], type), k);
        return array;
    }

    private object Convert(RecipeKey key, RecipeScalar scalar, Type type)
    {
        if (type == typeof(string))
            return scalar is { Plain: true, Text: "~" or "null" } ? throw Refuse(key, scalar, type) : scalar.Text;
        object? value = scalar.Plain ? Parse(key, scalar.Text, type) : null;
        return value ?? throw Refuse(key, scalar, type);
    }

    private static object? Parse(RecipeKey key, string text, Type type)
    {
        if (type.IsEnum)
            return ToEnum(type, text);
        if (type == typeof(bool))
            return ToBoolean(text);
        if (type == typeof(int))
            return ToInteger(text);
        return type == typeof(double)
            ? ToNumber(text)
            : throw new InvalidOperationException($"{key.Name} has the type {type}, which recipes do not read");
    }

    private static object? ToEnum(Type type, string text) =>
        Enum.GetValues(type).Cast<object>().FirstOrDefault(value => RecipeSchema.SnakeCase(value.ToString()!) == text);

    private static bool? ToBoolean(string text) => text switch { "true" => true, "false" => false, _ => null };

    private static int? ToInteger(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static double? ToNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private UsageException Refuse(RecipeKey key, RecipeScalar scalar, Type type)
    {
        string shown = scalar.Text.Length <= 80 ? scalar.Text : scalar.Text[..80] + "…";
        string found = !scalar.Plain ? $"the text '{shown}' in quotes" : shown.Length == 0 ? "empty" : $"'{shown}'";
        string cure = !scalar.Plain ? ", without quotes" : "";
        if (type.IsEnum && NearestName.Find(scalar.Text, Enum.GetNames(type).Select(RecipeSchema.SnakeCase)) is { } near)
            cure += $"; did you mean {near}?";
        return Wrong(key, found, Kind(type) + cure);
    }

    private UsageException Wrong(RecipeKey key, string found, string expected) =>
        new($"{Origin}: {key.Name} is {found}: expected {expected}") { Key = key.Name };

    private static string Kind(Type type) =>
        type == typeof(string) ? "text (in quotes, if it is just this)"
        : type == typeof(bool) ? "true or false"
        : type == typeof(int) ? "a whole number"
        : type == typeof(double) ? "a number"
        : $"one of {string.Join(", ", Enum.GetNames(type).Select(RecipeSchema.SnakeCase))}";
}
