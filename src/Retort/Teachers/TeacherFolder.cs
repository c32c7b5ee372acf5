using System.Text.Json.Nodes;
using Retort.Data;
using Retort.Runs;
using Retort.Teachers.Encoders;
using Retort.Teachers.Text;
using Retort.Training;

namespace Retort.Teachers;

/// <summary>What a teacher's folder holds beside its weights: classes, tokenizer, length limit.</summary>
internal static class TeacherFolder
{
    private const string MultiLabelProblem = "multi_label_classification";
    private const string RetortKey = "retort";

    private static readonly Dictionary<LongText, string> LongTextNames = new()
    {
        [LongText.Head] = "head",
        [LongText.HeadTail] = "head_tail",
        [LongText.WindowsMean] = "windows_mean",
    };

    public static ITextTokenizer LoadTokenizer(string folder, EncoderConfig config)
    {
        ITextTokenizer tokenizer = TextTokenizer.Load(folder);
        RequireEmbedded(folder, tokenizer.Count, config);
        return tokenizer;
    }

    /// <exception cref="RetortException">The model embeds fewer tokens than its tokenizer has.</exception>
    public static void RequireEmbedded(string folder, int tokens, EncoderConfig config)
    {
        if (tokens > config.VocabularySize)
        {
            throw new RetortException($"{folder}: the tokenizer has {tokens} tokens, but the model "
                + $"embeds {config.VocabularySize}: they belong to different models");
        }
    }

    /// <summary>A hash of everything in a folder that decides what its encoder says.</summary>
    public static string Fingerprint(ModelWeights weights, EncoderConfig config) =>
        // BERT's shape follows from its weights but for a few numbers that nobody changes; ALBERT's passes do not.
        config.Kind == EncoderKind.Bert ? weights.Fingerprint
            : ContentHash.OfLines([weights.Fingerprint, config.ToJson().ToJsonString(JsonForm.Compact)]);

    /// <summary>The classes of <c>id2label</c>, in index order.</summary>
    public static LabelSet ReadLabels(ConfigFile file)
    {
        if (file.Json["id2label"] is not JsonObject { Count: > 1 } map)
            throw new RetortException($"{file.Path} has no id2label: expected a fine-tuned classifier; for a bare encoder run `retort teach`");
        string[] names = new string[map.Count];
        foreach ((string key, JsonNode? name) in map)
        {
            if (!int.TryParse(key, out int index) || index < 0 || index >= names.Length || names[index] is not null || name is null)
                throw new RetortException($"{file.Path}: id2label has the key '{key}': expected 0 to {names.Length - 1}, each once, with a name");
            names[index] = name.ToString();
        }
        try
        {
            return new LabelSet(names);
        }
        catch (ArgumentException e)
        {
            throw new RetortException($"{file.Path}: id2label: {e.Message}", e);
        }
    }

    public static TaskKind ReadKind(ConfigFile file) =>
        file.Text("problem_type", "") == MultiLabelProblem ? TaskKind.MultiLabel : TaskKind.SingleLabel;

    /// <summary>What Retort wrote of the length limit; a model from elsewhere is read up to 512 tokens.</summary>
    public static (int MaxLength, LongText LongText) ReadLimits(ConfigFile file, int positions)
    {
        if (file.Json[RetortKey] is not JsonObject json)
            return (Math.Min(positions, 512), LongText.Head);
        var own = ConfigFile.Of(file.Path, json);
        string name = own.Text("long_text", LongTextNames[LongText.Head]);
        if (!LongTextNames.ContainsValue(name))
            throw new RetortException($"{file.Path}: long_text is '{name}': expected {string.Join(", ", LongTextNames.Values)}");
        return (Math.Min(positions, own.Size("max_length")),
            LongTextNames.First(pair => pair.Value == name).Key);
    }

    public static void Save(Teacher teacher, string folder, string tokenizerFolder)
    {
        Directory.CreateDirectory(folder);
        foreach (string name in TextTokenizer.Files)
        {
            string source = Path.Combine(tokenizerFolder, name), target = Path.Combine(folder, name);
            if (File.Exists(source))
                AtomicFile.Copy(source, target);
            else
                // Of a teacher that stood here before: another kind's file would be taken for this one's tokenizer.
                File.Delete(target);
        }
        if (teacher.WordPiece?.Vocabulary is { } vocabulary && !File.Exists(Path.Combine(folder, "vocab.txt")))
        {
            IEnumerable<string> tokens = Enumerable.Range(0, vocabulary.Count).Select(id => vocabulary[id]);
            AtomicFile.WriteText(Path.Combine(folder, "vocab.txt"), string.Concat(tokens.Select(token => token + "\n")));
        }
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), Config(teacher).ToJsonString(JsonForm.Indented) + "\n");
        TensorFile.Save(Path.Combine(folder, "model.safetensors"),
            teacher.Module.named_parameters().Select(p => (p.name, (TorchSharp.torch.Tensor)p.parameter)),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static JsonObject Config(Teacher teacher)
    {
        JsonObject json = teacher.Config.ToJson();
        json["architectures"] = new JsonArray(teacher.Config.Form.Architecture);
        json["problem_type"] = teacher.Kind == TaskKind.MultiLabel ? MultiLabelProblem : "single_label_classification";
        json["id2label"] = new JsonObject(teacher.Labels.Names.Select((name, k) => KeyValuePair.Create($"{k}", (JsonNode?)name)));
        json["label2id"] = new JsonObject(teacher.Labels.Names.Select((name, k) => KeyValuePair.Create(name, (JsonNode?)k)));
        json["torch_dtype"] = "float32";
        json[RetortKey] = new JsonObject
        {
            ["max_length"] = teacher.Encoder.MaxLength,
            ["long_text"] = LongTextNames[teacher.Encoder.LongText],
        };
        return json;
    }
}
