using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Retort.Runtime.Text;
using Retort.Tests;

namespace Retort.Runtime.Tests.Text;

/// <summary>What the golden files of tools/tokenizer-golden are read and compared with.</summary>
internal static class Golden
{
    /// <summary>The switches that the golden files name.</summary>
    public static readonly Dictionary<string, TokenizerOptions> Configurations = new(StringComparer.Ordinal)
    {
        ["uncased"] = new(),
        ["cased"] = new() { Lowercase = false },
        ["uncased-accents-kept"] = new() { StripAccents = false },
        ["cased-accents-stripped"] = new() { Lowercase = false, StripAccents = true },
        ["raw"] = new() { Lowercase = false, StripAccents = false, CleanText = false, SplitChineseCharacters = false },
    };

    public static string File(string name) =>
        Path.Combine(TestPaths.Root, "tests", "Retort.Runtime.Tests", "Text", "golden", name);

    /// <summary>The rule of vocabularies.mjs: the special tokens, then c and ##c for each code point of planes 0 to 2.</summary>
    public static Vocabulary Characters()
    {
        var tokens = new List<string> { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
        for (int c = 0x21; c < 0x30000; c++)
        {
            if (Rune.IsValid(c))
                tokens.AddRange([new Rune(c).ToString(), "##" + new Rune(c)]);
        }
        return new Vocabulary(tokens);
    }

    /// <summary>The rule of sweep.mjs: 256 code points, each in seven surroundings.</summary>
    public static string SweepText(int first)
    {
        var text = new StringBuilder();
        foreach (int c in Enumerable.Range(first, 256).Where(Rune.IsValid))
        {
            string s = new Rune(c).ToString();
            text.Append(text.Length > 0 ? " " : "").AppendJoin(' ', s, $"a{s}b", $"A{s}{s}Z", $"e\u0301{s}\u0316z",
                $"x\U0001d165{s}\U0001d165y", $"\u1100{s}\u1161{s}\u11a8", $"\u039f\u03a3{s}");
        }
        return text.ToString();
    }

    /// <summary>(id, start, end) after (id, start, end), as the golden files write an answer.</summary>
    public static int[] Encode(WordPieceTokenizer tokenizer, string text)
    {
        var tokens = new List<Token>();
        tokenizer.Encode(text, tokens);
        return [.. tokens.SelectMany(token => new[] { token.Id, token.Start, token.End })];
    }

    /// <summary>The texts of adversarial.jsonl.</summary>
    public static IEnumerable<string> AdversarialTexts()
    {
        foreach (string line in System.IO.File.ReadLines(File("adversarial.jsonl")))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            yield return Unescape(row.RootElement.GetProperty("text").GetRawText());
        }
    }

    /// <summary>Adds one text's answer to a digest: the number of tokens, then the answer, little-endian.</summary>
    public static void Add(IncrementalHash hash, List<Token> tokens)
    {
        hash.AppendData(MemoryMarshal.AsBytes<int>([tokens.Count]));
        hash.AppendData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(tokens)));
    }

    public static string Finish(IncrementalHash hash, int length = 64) =>
        Convert.ToHexStringLower(hash.GetHashAndReset())[..length];

    /// <summary>Undoes JSON's escapes, lone surrogates included, which a JSON reader refuses.</summary>
    public static string Unescape(string rawJson)
    {
        var text = new StringBuilder();
        for (int k = 1; k < rawJson.Length - 1; k++)
        {
            if (rawJson[k] != '\\')
            {
                text.Append(rawJson[k]);
                continue;
            }
            char escape = rawJson[++k];
            text.Append(escape switch
            {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\b',
                'f' => '\f',
                'u' => (char)int.Parse(rawJson.AsSpan(k + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                _ => escape,
            });
            k += escape == 'u' ? 4 : 0;
        }
        return text.ToString();
    }
}
