using System.Runtime.CompilerServices;

namespace Retort.Tests;

/// <summary>Finds real data and models; a test that needs what is absent is skipped with the reason.</summary>
internal static class TestPaths
{
    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    /// <summary>A file below $RETORT_DATA, or below ../shared/data; skips the test where it is absent.</summary>
    public static string Data(params string[] parts) =>
        Find("RETORT_DATA", Path.Combine(Root, "..", "shared", "data"), parts);

    /// <summary>A folder or file below $RETORT_MODELS; skips the test where it is absent.</summary>
    public static string Model(params string[] parts) =>
        Find("RETORT_MODELS", Path.Combine(Root, "..", "models"), parts);

    private static string Find(string variable, string fallback, string[] parts)
    {
        string folder = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? set : fallback;
        string path = Path.Combine([folder, .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"{string.Join('/', parts)} is not below ${variable}");
        return path;
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
