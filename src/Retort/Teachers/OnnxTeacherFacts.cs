using System.Text.Json.Nodes;
using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Text;

namespace Retort.Teachers;

/// <summary>What is known of an ONNX teacher beside its graph: from config.json, else from what Retort's export wrote into the model.</summary>
/// <param name="Labels">Its classes; null: not told.</param>
/// <param name="Kind">Whether they exclude each other; null: not told.</param>
/// <param name="MaxLength">Longest input in tokens.</param>
/// <param name="LongText">What becomes of longer texts.</param>
/// <param name="IsAssumed">Whether the longest input is told nowhere.</param>
internal sealed record OnnxTeacherFacts(LabelSet? Labels, TaskKind? Kind, int MaxLength, LongText LongText, bool IsAssumed)
{
    /// <summary>BERT's, and that of most models since.</summary>
    private const int UsualPositions = 512;

    // Of the facts in the file, docs/onnx.md has the list.
    private const string OfRetort = "vocabulary_sha256";

    /// <summary>Reads them.</summary>
    /// <param name="files">The model's.</param>
    /// <param name="metadata">What stands in the model.</param>
    /// <param name="fixedLength">The one length that the model takes; 0: any.</param>
    public static OnnxTeacherFacts Read(OnnxTeacherFiles files, IReadOnlyDictionary<string, string> metadata, int fixedLength)
    {
        ConfigFile? file = files.Config is not null ? ConfigFile.Load(files.Config)
            : metadata.ContainsKey(OfRetort) ? ConfigFile.Of(files.Model, OfMetadata(metadata)) : null;
        int limit = fixedLength > 0 ? fixedLength : int.MaxValue;
        if (file is null)
            return new OnnxTeacherFacts(null, null, Math.Min(limit, UsualPositions), LongText.Head, fixedLength == 0);
        bool told = file.Has("max_position_embeddings");
        int positions = file.Size("max_position_embeddings", UsualPositions);
        (int maxLength, LongText longText) = TeacherFolder.ReadLimits(file, Math.Min(limit, positions));
        return new OnnxTeacherFacts(file.Has("id2label") ? TeacherFolder.ReadLabels(file) : null,
            file.Has("problem_type") ? TeacherFolder.ReadKind(file) : null, maxLength, longText, !told && fixedLength == 0);
    }

    /// <summary>The hash of the vocabulary that the model was exported with; null: not told.</summary>
    public static string? VocabularyHash(IReadOnlyDictionary<string, string> metadata) => metadata.GetValueOrDefault(OfRetort);

    /// <summary>The hash of a vocabulary, as an export has it.</summary>
    public static string VocabularyHash(WordPieceTokenizer tokenizer) =>
        ContentHash.OfLines(Enumerable.Range(0, tokenizer.Vocabulary.Count).Select(id => tokenizer.Vocabulary[id]));

    private static JsonObject OfMetadata(IReadOnlyDictionary<string, string> metadata) => new()
    {
        ["id2label"] = JsonNode.Parse(metadata["id2label"]),
        ["problem_type"] = metadata["problem_type"],
        ["max_position_embeddings"] = JsonNode.Parse(metadata["max_length"]),
    };
}
