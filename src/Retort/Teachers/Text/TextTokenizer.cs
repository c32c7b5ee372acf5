using System.Text.Json;
using Retort.Runs;
using Retort.Runtime.Text;

namespace Retort.Teachers.Text;

/// <summary>How a tokenizer cuts words.</summary>
public enum TokenizerKind
{
    /// <summary>BERT's: vocab.txt or tokenizer.json.</summary>
    WordPiece,

    /// <summary>That of GPT-2 and RoBERTa: vocab.json with merges.txt, or tokenizer.json.</summary>
    ByteLevelBpe,

    /// <summary>That of ALBERT and XLM-RoBERTa: spiece.model or sentencepiece.bpe.model.</summary>
    SentencePiece,
}

/// <summary>Finds the tokenizer of a Hugging Face folder by its files.</summary>
public static class TextTokenizer
{
    internal const string Json = "tokenizer.json", Lines = "vocab.txt";

    /// <summary>All files that a tokenizer may consist of.</summary>
    internal static readonly string[] Files =
    [
        Lines, Json, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        ByteLevelFiles.Vocabulary, ByteLevelFiles.Merges, SentencePieceFiles.OfAlbert, SentencePieceFiles.OfXlmRoberta,
    ];

    /// <summary>What a folder needs to have a tokenizer, as messages say it.</summary>
    internal const string Expected = $"{Lines}, {Json}, {ByteLevelFiles.Vocabulary} with {ByteLevelFiles.Merges}, {SentencePieceFiles.OfAlbert} or {SentencePieceFiles.OfXlmRoberta}";

    private const long MaxBytes = 256 << 20;

    // A SentencePiece model stands before the tokenizer.json that was made of it: the model is the original.
    private static readonly (TokenizerKind Kind, string[] Files)[] Signs =
    [
        (TokenizerKind.SentencePiece, [SentencePieceFiles.OfAlbert]),
        (TokenizerKind.SentencePiece, [SentencePieceFiles.OfXlmRoberta]),
        (TokenizerKind.ByteLevelBpe, [ByteLevelFiles.Vocabulary, ByteLevelFiles.Merges]),
        (TokenizerKind.WordPiece, [Lines]),
    ];

    /// <summary>What messages call a kind.</summary>
    public static string Name(TokenizerKind kind) => kind switch
    {
        TokenizerKind.ByteLevelBpe => "byte-level BPE",
        TokenizerKind.SentencePiece => "SentencePiece",
        _ => "WordPiece",
    };

    /// <summary>The kind of a folder's tokenizer.</summary>
    /// <exception cref="RetortException">The folder has none, or one of another kind.</exception>
    public static TokenizerKind KindOf(string folder)
    {
        string json = Path.Combine(folder, Json);
        TokenizerKind? told = File.Exists(json) ? ReadKind(json) : null;
        if (told is { } read and not TokenizerKind.SentencePiece)
            return read;
        foreach ((TokenizerKind kind, string[] files) in Signs)
        {
            if (Array.TrueForAll(files, file => File.Exists(Path.Combine(folder, file))) && (told is null || kind == told))
                return kind;
        }
        throw told is not null
            ? new RetortException($"{json} is of a SentencePiece tokenizer, which is read from its model: expected {SentencePieceFiles.OfAlbert} or "
                + $"{SentencePieceFiles.OfXlmRoberta} beside it, from where the weights come from")
            : new RetortException($"{folder} has no tokenizer: expected {Expected}, from where the weights come from");
    }

    /// <summary>Whether some files hold a tokenizer.</summary>
    internal static bool IsAmong(IEnumerable<string> files)
    {
        var all = files.ToHashSet(StringComparer.Ordinal);
        return all.Contains(Json) || Array.Exists(Signs, sign => Array.TrueForAll(sign.Files, all.Contains));
    }

    /// <summary>Reads a folder's tokenizer.</summary>
    /// <exception cref="RetortException">The folder has none that is read, or it is damaged.</exception>
    public static ITextTokenizer Load(string folder) => KindOf(folder) switch
    {
        TokenizerKind.ByteLevelBpe => ByteLevelFiles.Load(folder),
        TokenizerKind.SentencePiece => SentencePieceFiles.Load(folder),
        _ => new WordPieceText(WordPieceTokenizer.Load(folder)),
    };

    /// <summary>Which kind a tokenizer.json is of; one that does not tell is taken for WordPiece's, whose reader says what is wrong.</summary>
    /// <exception cref="RetortException">The file is no JSON, or of a kind that is not read.</exception>
    internal static TokenizerKind ReadKind(string file)
    {
        using JsonDocument document = Parse(file);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("model", out JsonElement model)
            || model.ValueKind != JsonValueKind.Object)
        {
            return TokenizerKind.WordPiece;
        }
        // The first releases wrote no type.
        string type = model.TryGetProperty("type", out JsonElement name) ? name.ToString()
            : model.TryGetProperty("merges", out _) ? "BPE"
            : model.TryGetProperty("unk_id", out _) ? "Unigram" : "WordPiece";
        return type switch
        {
            "WordPiece" => TokenizerKind.WordPiece,
            "BPE" => TokenizerKind.ByteLevelBpe,
            "Unigram" => TokenizerKind.SentencePiece,
            _ => throw new RetortException($"{file}, model: type is \"{type}\"; expected WordPiece, BPE or Unigram: of another tokenizer, export the teacher's logits instead"),
        };
    }

    /// <summary>Reads a JSON file of a tokenizer.</summary>
    internal static JsonDocument Parse(string file)
    {
        if (new FileInfo(file).Length > MaxBytes)
            throw new RetortException($"{file} has over {MaxBytes} bytes, more than a tokenizer needs");
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file));
        }
        catch (JsonException e)
        {
            throw new RetortException($"{file}, line {e.LineNumber + 1}: not JSON; is the file whole? {e.Message}", e);
        }
    }
}
