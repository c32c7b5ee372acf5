using System.Text.RegularExpressions;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>
/// Paths in recipes: <c>$NAME</c> and <c>${NAME}</c> are environment variables, <c>$$</c> is a dollar sign, and <c>~</c> at the
/// start is the user's folder, as a shell has it.
/// </summary>
internal static partial class RecipePaths
{
    /// <summary>The full path that a value names, or the value itself where it is not a path (see <see cref="PathValueAttribute"/>).</summary>
    /// <remarks>The key and the origin of the value are for messages.</remarks>
    /// <exception cref="UsageException">An environment variable is not set, or the path is not one.</exception>
    public static string Resolve(string value, PathValueAttribute kind, string folder, string key, string origin)
    {
        string expanded = Variable().Replace(value, match => match.Value == "$$" ? "$"
            : Environment.GetEnvironmentVariable(match.Groups[1].Value) is { Length: > 0 } found ? found
            : throw new UsageException($"{origin}: {key} is '{value}', and the environment variable " +
                $"{match.Groups[1].Value} is not set: expected a folder in it (export {match.Groups[1].Value}=…)")
            { Key = key });
        if (!kind.IsPath(expanded))
            return expanded;
        if (expanded.Contains('\0', StringComparison.Ordinal))
            throw new UsageException($"{origin}: {key} holds a NUL character: expected a path") { Key = key };
        if (expanded == "~" || expanded.StartsWith("~/", StringComparison.Ordinal))
            return Path.GetFullPath(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + expanded[1..]);
        return Path.GetFullPath(Path.Combine(folder, expanded));
    }

    /// <summary>Changes a path, or each of a list.</summary>
    public static object Map(object value, Func<string, string> change) =>
        value is string[] list ? Array.ConvertAll(list, item => change(item)) : change((string)value);

    /// <summary>What a recipe holds for a path that is already resolved.</summary>
    public static string Escape(string path) => path.Replace("$", "$$", StringComparison.Ordinal);

    [GeneratedRegex(@"\$\$|\$\{(?<1>[A-Za-z_][A-Za-z0-9_]*)\}|\$(?<1>[A-Za-z_][A-Za-z0-9_]*)")]
    private static partial Regex Variable();
}
