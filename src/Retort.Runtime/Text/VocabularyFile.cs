namespace Retort.Runtime.Text;

/// <summary>Reads <c>vocab.txt</c>: one token a line, the first line being id 0.</summary>
internal static class VocabularyFile
{
    public static Vocabulary Parse(string file, byte[] content)
    {
        List<string> lines = [.. TokenizerFiles.Decode(file, content).Split('\n').Select(line => line.TrimEnd('\r'))];
        while (lines.Count > 0 && lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);
        for (int k = 0; k < lines.Count; k++)
            Check(file, k + 1, lines[k]);
        return new Vocabulary(lines, file, 1);
    }

    private static void Check(string file, int line, string token)
    {
        if (token.Length == 0)
            throw new InvalidDataException(
                $"{file}, line {line}: an empty line; expected one token a line, for the line number is the token's id");
        // Readers of this format disagree on whether such blanks belong to the token.
        if (token[^1] is ' ' or '\t')
            throw new InvalidDataException(
                $"{file}, line {line}: the token \"{token}\" ends in a blank; expected the token alone on its line");
    }
}
