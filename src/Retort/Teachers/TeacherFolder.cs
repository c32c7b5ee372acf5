using System.Text.Json.Nodes;
using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Teachers.Bert;
using Retort.Training;

namespace Retort.Teachers;

/// <summary>What a teacher's folder holds beside its weights: classes, tokenizer, length limit.</summary>
internal static class TeacherFolder
{
    private const string MultiLabelProblem = "multi_label_classification";
    private const string RetortKey = "retort";

    private static readonly string[] TokenizerFiles =
        ["vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"];

    private static readonly Dictionary<LongText, string> LongTextNames = new()
    {
        [LongText.Head] = "head",
        [LongText.HeadTail] = "head_tail",
        [LongText.WindowsMean] = "windows_mean",
    };

    public static WordPieceTokenizer LoadTokenizer(string folder, BertConfig config)
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.Load(folder);
        if (tokenizer.Vocabulary.Count > config.VocabularySize)
        {
            throw new RetortException($"{folder}: the tokenizer has {tokenizer.Vocabulary.Count} tokens, but the model "
                + $"embeds {config.VocabularySize}: they belong to different models");
        }
        return tokenizer;
    }

    /// <summary>The classes of <c>id2label</c>, in index order.</summary>
    public static LabelSet ReadLabels(JsonObject json, string file)
    {
        if (json["id2label"] is not JsonObject { Count: > 1 } map)
            throw new RetortException($"{file} has no id2label: expected a fine-tuned classifier; for a bare encoder run `retort teach`");
        string[] names = new string[map.Count];
        foreach ((string key, JsonNode? name) in map)
        {
            if (!int.TryParse(key, out int index) || index < 0 || index >= names.Length || names[index] is not null || name is null)
                throw new RetortException($"{file}: id2label has the key '{key}': expected 0 to {names.Length - 1}, each once, with a name");
            names[index] = name.ToString();
        }
        try
        {
            return new LabelSet(names);
        }
        catch (ArgumentException e)
        {
            throw new RetortException($"{file}: id2label: {e.Message}", e);
        }
    }

    public static TaskKind ReadKind(JsonObject json, string file) =>
        BertConfig.Text(json, file, "problem_type", "") == MultiLabelProblem ? TaskKind.MultiLabel : TaskKind.SingleLabel;

    /// <summary>What Retort wrote of the length limit; a model from elsewhere is read up to 512 tokens.</summary>
    public static (int MaxLength, LongText LongText) ReadLimits(JsonObject json, string file, int positions)
    {
        if (json[RetortKey] is not JsonObject own)
            return (Math.Min(positions, 512), LongText.Head);
        string name = BertConfig.Text(own, file, "long_text", LongTextNames[LongText.Head]);
        if (!LongTextNames.ContainsValue(name))
            throw new RetortException($"{file}: long_text is '{name}': expected {string.Join(", ", LongTextNames.Values)}");
        return (Math.Min(positions, BertConfig.Size(own, file, "max_length")),
            LongTextNames.First(pair => pair.Value == name).Key);
    }

    public static void Save(Teacher teacher, string folder, string tokenizerFolder)
    {
        Directory.CreateDirectory(folder);
        foreach (string name in TokenizerFiles)
        {
            string source = Path.Combine(tokenizerFolder, name);
            if (File.Exists(source))
                AtomicFile.Copy(source, Path.Combine(folder, name));
        }
        if (!File.Exists(Path.Combine(folder, "vocab.txt")))
        {
            IEnumerable<string> tokens = Enumerable.Range(0, teacher.Tokenizer.Vocabulary.Count).Select(id => teacher.Tokenizer.Vocabulary[id]);
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
        json["architectures"] = new JsonArray("BertForSequenceClassification");
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
