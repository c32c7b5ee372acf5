namespace Retort.Pipeline;

/// <summary>Which area of .NET a member belongs to, by its namespace: the classes of the demo.</summary>
internal static class DemoAreas
{
    private static readonly (string Namespace, string Area)[] Namespaces =
    [
        ("Microsoft.AspNetCore", "aspnetcore"),
        ("System.Collections", "collections"),
        ("System.ComponentModel", "components"),
        ("System.Data", "data"),
        ("System.Diagnostics", "diagnostics"),
        ("System.Globalization", "globalization"),
        ("System.IO", "io"),
        ("System.Linq", "linq"),
        ("System.Net", "networking"),
        ("System.Numerics", "numerics"),
        ("System.Reflection", "reflection"),
        ("System.Runtime.InteropServices", "interop"),
        ("System.Security", "security"),
        ("System.Text", "text"),
        ("System.Threading", "threading"),
        ("System.Xml", "xml"),
    ];

    /// <summary>The area of a documented member, <c>M:System.Xml.XmlReader.Read</c>, or null where it has none.</summary>
    /// <remarks>
    /// The namespace System itself has none: it holds something of everything. System.Runtime.Intrinsics has none either:
    /// its summaries are C signatures, not sentences.
    /// </remarks>
    public static string? Of(string member)
    {
        ReadOnlySpan<char> name = member.AsSpan(Math.Min(2, member.Length));
        foreach ((string space, string area) in Namespaces)
        {
            if (name.StartsWith(space, StringComparison.Ordinal) && name.Length > space.Length && name[space.Length] == '.')
                return area;
        }
        return null;
    }

    /// <summary>Whether a text spells out one of the namespaces, and so gives its class away without being read.</summary>
    public static bool IsNamedIn(string text) =>
        Array.Exists(Namespaces, pair => text.Contains(pair.Namespace, StringComparison.OrdinalIgnoreCase));
}
