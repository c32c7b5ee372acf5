using System.Text.Json;
using Retort.Runs;
using Retort.Teachers.Text;

namespace Retort.Teachers.Sources;

/// <summary>Makes vocab.txt, a token a line in order of ids, from tokenizer.json.</summary>
internal static class VocabularyFile
{
    /// <summary>Adds vocab.txt to a folder that lacks it and has a WordPiece tokenizer.json; does nothing otherwise.</summary>
    /// <exception cref="RetortException">tokenizer.json is damaged, or its ids have holes.</exception>
    public static void Complete(string folder)
    {
        string vocabulary = Path.Combine(folder, "vocab.txt"), tokenizer = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(vocabulary) || !File.Exists(tokenizer))
            return;
        if (TextTokenizer.ReadKind(tokenizer) != TokenizerKind.WordPiece)
            return;
        try
        {
            using JsonDocument json = TextTokenizer.Parse(tokenizer);
            JsonElement model = json.RootElement.GetProperty("model");
            AtomicFile.WriteText(vocabulary, string.Concat(Order(model.GetProperty("vocab"), tokenizer).Select(t => t + "\n")));
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new RetortException($"{tokenizer} has no model.vocab of tokens with ids: {e.Message}", e);
        }
    }

    private static string[] Order(JsonElement vocabulary, string path)
    {
        string[] tokens = new string[vocabulary.EnumerateObject().Count()];
        foreach (JsonProperty entry in vocabulary.EnumerateObject())
        {
            int id = entry.Value.GetInt32();
            if (id < 0 || id >= tokens.Length || tokens[id] is not null)
                throw new RetortException($"{path}: '{entry.Name}' has id {id}: expected each of 0 to {tokens.Length - 1} once");
            if (entry.Name.AsSpan().IndexOfAny('\n', '\r') >= 0)
                throw new RetortException($"{path}: token {id} holds a line break, which vocab.txt cannot");
            tokens[id] = entry.Name;
        }
        return tokens;
    }
}
