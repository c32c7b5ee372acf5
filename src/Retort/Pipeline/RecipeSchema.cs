using System.ComponentModel;
using System.Reflection;
using System.Text;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>A key of the recipe: a value, or a section that holds further keys.</summary>
/// <param name="Name">The dotted name, <c>distillation.temperature</c>.</param>
/// <param name="Property">The option that it sets.</param>
/// <param name="Section">The section that it stands in, or null at the top.</param>
internal sealed record RecipeKey(string Name, PropertyInfo Property, RecipeKey? Section)
{
    public string Leaf => Name[(Name.LastIndexOf('.') + 1)..];

    public Type Type => Property.PropertyType;

    public bool IsSection => RecipeSchema.IsSection(Type);

    public string Description { get; } = Property.GetCustomAttribute<DescriptionAttribute>()?.Description
        ?? throw new InvalidOperationException($"{Property.DeclaringType}.{Property.Name} has no [Description]");

    public PathValueAttribute? Path { get; } = Property.GetCustomAttribute<PathValueAttribute>();

    public object Read(Recipe recipe) => Property.GetValue(Section is null ? recipe : Section.Read(recipe))!;

    /// <summary>Whether two recipes have the same value.</summary>
    public bool IsSame(Recipe one, Recipe other) => RecipeWriter.Text(Read(one)) == RecipeWriter.Text(Read(other));

    /// <summary>Sets the option of a recipe that nobody else has seen yet.</summary>
    public void Write(Recipe recipe, object value) =>
        Property.SetValue(Section is null ? recipe : Section.Read(recipe), value);
}

/// <summary>The keys of a recipe, read from the options records: names in snake case, in order of declaration.</summary>
internal static class RecipeSchema
{
    /// <summary>All keys, a section before what it holds.</summary>
    public static IReadOnlyList<RecipeKey> Keys { get; } = KeysOf(typeof(Recipe), null).ToArray();

    public static IEnumerable<RecipeKey> Values => Keys.Where(key => !key.IsSection);

    public static RecipeKey? Find(string name) => Keys.FirstOrDefault(key => key.Name == name);

    public static IEnumerable<RecipeKey> Within(RecipeKey? section) => Keys.Where(key => key.Section == section);

    public static bool IsSection(Type type) =>
        type is { IsClass: true, IsArray: false } && type != typeof(string) && type.Namespace!.StartsWith(nameof(Retort), StringComparison.Ordinal);

    /// <summary><c>MacroF1</c> becomes <c>macro_f1</c>.</summary>
    public static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        for (int k = 0; k < name.Length; k++)
        {
            if (k > 0 && char.IsAsciiLetterUpper(name[k]) && !char.IsAsciiLetterUpper(name[k - 1]))
                text.Append('_');
            text.Append(char.ToLowerInvariant(name[k]));
        }
        return text.ToString();
    }

    /// <summary>What to say of a key that does not exist: what it was probably meant to be.</summary>
    public static string Suggest(string name)
    {
        int dot = name.LastIndexOf('.');
        string leaf = name[(dot + 1)..];
        RecipeKey? section = dot < 0 ? null : Find(name[..dot]);
        RecipeKey[] siblings = Within(section).ToArray();
        string[] near = NearestName.Find(leaf, siblings.Select(key => key.Leaf)) is { } sibling
            ? [siblings.First(key => key.Leaf == sibling).Name]
            : NearestName.Find(name, Keys.Select(key => key.Name)) is { } whole ? [whole]
            : WithLeaf(leaf) is { Length: > 0 } same ? same
            : NearestName.Find(leaf, Values.Select(key => key.Leaf)) is { } other ? WithLeaf(other) : [];
        return near.Length > 0
            ? $"did you mean {string.Join(" or ", near.Select(key => $"'{key}'"))}?"
            : $"expected one of {string.Join(", ", siblings.Select(key => key.Name))}";
    }

    // Several sections may have a key of that name.
    private static string[] WithLeaf(string leaf) => Values.Where(key => key.Leaf == leaf).Select(key => key.Name).ToArray();

    private static IEnumerable<RecipeKey> KeysOf(Type type, RecipeKey? section)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite).OrderBy(property => property.MetadataToken))
        {
            string leaf = property.GetCustomAttribute<DisplayNameAttribute>()?.DisplayName ?? SnakeCase(property.Name);
            var key = new RecipeKey(section is null ? leaf : $"{section.Name}.{leaf}", property, section);
            yield return key;
            if (!key.IsSection)
                continue;
            foreach (RecipeKey inner in KeysOf(property.PropertyType, key))
                yield return inner;
        }
    }
}
