using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>Turns the keys that were set into a checked recipe.</summary>
internal static class RecipeBinder
{
    /// <param name="values">The keys that the recipe sets.</param>
    /// <param name="source">What messages call the recipe; empty where there is none.</param>
    /// <param name="overrides">Values that replace the recipe's.</param>
    /// <param name="folder">What the relative paths of defaults start at; null leaves every path as it is.</param>
    public static Recipe Bind(Dictionary<string, RecipeValue> values, string source, IReadOnlyList<RecipeOverride> overrides, string? folder)
    {
        var stated = new Dictionary<string, RecipeValue>(values);
        Apply(overrides, values);
        Recipe recipe = Read(values, source, folder);
        Check(recipe, values, source, stated, overrides);
        return recipe;
    }

    private static Recipe Read(Dictionary<string, RecipeValue> values, string source, string? folder)
    {
        var recipe = new Recipe();
        foreach (RecipeKey key in RecipeSchema.Values)
        {
            RecipeValue? given = values.GetValueOrDefault(key.Name);
            object value = given?.To(key) ?? key.Read(recipe);
            if (key.Path is { } kind && folder is not null)
                value = RecipePaths.Map(value, path => RecipePaths.Resolve(path, kind, given?.Folder ?? folder, key.Name, given?.Origin ?? source));
            if (given is not null || key.Path is not null)
                key.Write(recipe, value);
        }
        return recipe;
    }

    /// <summary>A recipe with some values replaced. A key that has no effect in what results is no error here.</summary>
    /// <exception cref="UsageException">There is no such key, or a value is out of its range.</exception>
    public static Recipe Change(Recipe recipe, IReadOnlyList<RecipeOverride> overrides)
    {
        var values = new Dictionary<string, RecipeValue>(StringComparer.Ordinal);
        Apply(overrides, values);
        var changed = new Recipe();
        foreach (RecipeKey key in RecipeSchema.Values)
        {
            object value = key.Read(recipe);
            if (values.TryGetValue(key.Name, out RecipeValue? given))
                value = key.Path is { } kind ? RecipePaths.Map(given.To(key), path => RecipePaths.Resolve(path, kind, given.Folder, key.Name, given.Origin)) : given.To(key);
            key.Write(changed, value);
        }
        changed.Validate();
        return changed;
    }

    // A recipe of 'init' holds every key: what stands at its default there is no wish that an override takes away. Nor is an override
    // that brings the recipe's own value back to the default. And what has an effect in the recipe as it stands, an override has switched off with its other option.
    private static bool IsNoWish(string name, Recipe recipe, Dictionary<string, RecipeValue> stated, IReadOnlyList<RecipeOverride> overrides) =>
        overrides.Count > 0 && stated.ContainsKey(name)
        && (RecipeSchema.Find(name)!.IsSame(recipe, new Recipe()) || (!overrides.Any(item => item.Key == name) && IdleOptions.Reason(name, Read(stated, "", folder: null)) is null));

    private static void Apply(IReadOnlyList<RecipeOverride> overrides, Dictionary<string, RecipeValue> values)
    {
        var given = new Dictionary<string, RecipeOverride>(StringComparer.Ordinal);
        foreach (RecipeOverride item in overrides)
        {
            RecipeKey key = RecipeSchema.Find(item.Key)
                ?? throw new UsageException($"{item.Origin}: unknown key '{item.Key}': {RecipeSchema.Suggest(item.Key)}");
            if (key.IsSection)
            {
                throw new UsageException($"{item.Origin}: {key.Name} is a section: expected one of " +
                    string.Join(", ", RecipeSchema.Within(key).Select(inner => inner.Name)));
            }
            if (!given.TryAdd(item.Key, item))
            {
                throw new UsageException($"{item.Origin}: {item.Key} is already set by {given[item.Key].Origin}: " +
                    "expected it once");
            }
            values[item.Key] = RecipeReader.ReadOverride(item, key);
        }
    }

    private static void Check(Recipe recipe, Dictionary<string, RecipeValue> values, string source, Dictionary<string, RecipeValue> stated, IReadOnlyList<RecipeOverride> overrides)
    {
        try
        {
            recipe.Validate();
        }
        catch (UsageException e)
        {
            string origin = e.Key is not null && values.TryGetValue(e.Key, out RecipeValue? value) ? value.Origin : source;
            throw origin.Length == 0 ? e : new UsageException($"{origin}: {e.Message}", e) { Key = e.Key };
        }
        foreach ((string name, RecipeValue value) in values)
        {
            if (IdleOptions.Reason(name, recipe) is { } reason && !IsNoWish(name, recipe, stated, overrides))
            {
                throw new UsageException($"{value.Origin}: {name} has no effect while {reason}: remove it, or change " +
                    "the other option")
                { Key = name };
            }
        }
    }
}
