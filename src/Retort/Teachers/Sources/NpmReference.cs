using System.Text.RegularExpressions;
using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>A package in the npm registry: <c>npm:NAME@VERSION</c>.</summary>
/// <param name="Package">The name, with its scope where it has one.</param>
/// <param name="Version">An exact version.</param>
internal sealed partial record NpmReference(string Package, string Version)
{
    public const string Scheme = "npm:";

    /// <exception cref="UsageException">The text is not of the form, or the version is a range or a tag.</exception>
    public static NpmReference Parse(string source)
    {
        string text = source[Scheme.Length..];
        // The first character can be the @ of a scope.
        int at = text.LastIndexOf('@');
        string package = at > 0 ? text[..at] : text;
        if (!PackagePattern().IsMatch(package))
            throw new UsageException($"'{source}': '{package}' is not a package name: expected npm:NAME@VERSION");
        string version = at > 0 ? text[(at + 1)..] : "";
        if (!VersionPattern().IsMatch(version))
        {
            string found = version.Length == 0 ? "no version" : $"'{version}'";
            throw new UsageException($"'{source}' has {found}: expected an exact one, such as npm:{package}@1.0.0, so that "
                + $"a run can be repeated (npm view {package} versions lists them)");
        }
        return new NpmReference(package, version);
    }

    public override string ToString() => $"{Scheme}{Package}@{Version}";

    [GeneratedRegex(@"^(?:@[A-Za-z0-9~_][A-Za-z0-9._~-]*/)?[A-Za-z0-9~_][A-Za-z0-9._~-]*\z")]
    private static partial Regex PackagePattern();

    [GeneratedRegex(@"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?\z")]
    private static partial Regex VersionPattern();
}
