namespace Retort.Evaluation;

/// <summary>Settings on one line: <c>encoder=minilm epochs=3</c>.</summary>
public static class ResultsSettings
{
    /// <summary>The pairs in ordinal order of their keys, so that equal settings are equal text.</summary>
    /// <exception cref="ArgumentException">A key or value is empty, holds a blank or =, or a key stands twice.</exception>
    public static string Format(IEnumerable<KeyValuePair<string, string>> settings)
    {
        KeyValuePair<string, string>[] pairs = settings.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        for (int k = 0; k < pairs.Length; k++)
        {
            Check(pairs[k].Key, pairs[k]);
            Check(pairs[k].Value, pairs[k]);
            if (k > 0 && pairs[k].Key == pairs[k - 1].Key)
                throw new ArgumentException($"the setting {pairs[k].Key} stands twice, as {pairs[k - 1].Value} and {pairs[k].Value}");
        }
        return string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    private static void Check(string part, KeyValuePair<string, string> pair)
    {
        if (part.Length == 0 || part.Any(c => char.IsWhiteSpace(c) || c == '='))
            throw new ArgumentException($"the setting '{pair.Key}' = '{pair.Value}' cannot stand in a results line: "
                + "key and value must not be empty or hold blanks or =");
    }
}
