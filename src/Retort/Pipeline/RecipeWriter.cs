using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Retort.Pipeline;

/// <summary>Writes recipes as YAML, and the reference of their keys as a table.</summary>
internal static partial class RecipeWriter
{
    private static readonly string[] Reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

    /// <param name="recipe">What to write.</param>
    /// <param name="commented">Whether the description of each key stands above it.</param>
    /// <param name="resolved">Whether paths are resolved: a dollar sign in one is then written as two.</param>
    public static string Yaml(Recipe recipe, bool commented, bool resolved)
    {
        var text = new StringBuilder();
        foreach (RecipeKey key in RecipeSchema.Keys)
        {
            string indent = key.Section is null ? "" : "  ";
            if (key.IsSection)
                text.Append('\n');
            if (commented)
                text.Append(indent).Append("# ").Append(key.Description).Append('\n');
            text.Append(indent);
            if (key.IsSection)
            {
                text.Append(key.Leaf).Append(":\n");
                continue;
            }
            object value = key.Read(recipe);
            if (resolved && key.Path is not null)
                value = RecipePaths.Map(value, RecipePaths.Escape);
            string? idle = IdleOptions.Reason(key.Name, recipe);
            text.Append(idle is null ? "" : "# ").Append(key.Leaf).Append(": ").Append(Text(value))
                .Append(idle is null ? "" : $"  # no effect while {idle}").Append('\n');
        }
        return text.ToString();
    }

    /// <summary>A Markdown table of every key with its default and meaning.</summary>
    public static string Table()
    {
        var text = new StringBuilder("| key | default | meaning |\n|---|---|---|\n");
        var defaults = new Recipe();
        foreach (RecipeKey key in RecipeSchema.Values)
        {
            text.Append("| `").Append(key.Name).Append("` | `").Append(Text(key.Read(defaults))).Append("` | ")
                .Append(key.Description.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        }
        return text.ToString();
    }

    /// <summary>A value as YAML.</summary>
    public static string Text(object value) => value switch
    {
        string text => Quote(text),
        bool truth => truth ? "true" : "false",
        Enum choice => RecipeSchema.SnakeCase(choice.ToString()),
        double number => Number(number),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object>().Select(Text))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // 5E-05 reads as 5e-5 to people.
    private static string Number(double number) => number.ToString("R", CultureInfo.InvariantCulture)
        .Replace("E-0", "e-", StringComparison.Ordinal).Replace("E+", "e", StringComparison.Ordinal)
        .Replace('E', 'e');

    private static string Quote(string text)
    {
        if (Plain().IsMatch(text) && !Reserved.Contains(text, StringComparer.OrdinalIgnoreCase))
            return text;
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (c is '\t')
                quoted.Append("\\t");
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff')
                quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"^[A-Za-z_/][A-Za-z0-9_./@-]*\z")]
    private static partial Regex Plain();
}
