namespace Retort.Onnx.Cascades;

/// <summary>The teacher of a cascade: an ONNX model with its tokenizer, in files that stand in the cascade's folder.</summary>
public sealed record CascadeTeacher
{
    /// <summary>The .onnx file, relative to the cascade's folder, with /.</summary>
    public required string Model { get; init; }

    /// <summary>The folder with its vocab.txt or tokenizer.json, relative to the cascade's folder.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Its classes in index order: the student's, in whatever order.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Longest input in tokens, [CLS] and [SEP] among them; what stands behind is not read.</summary>
    public required int MaxLength { get; init; }

    /// <summary>What the model's output is.</summary>
    public required TeacherScores Scores { get; init; }

    /// <summary>What its logits are divided by before they become probabilities; above 0. 1: nothing is known.</summary>
    public required double Temperature { get; init; }

    internal void Validate(string file)
    {
        foreach (string path in (string[])[Model, Tokenizer])
        {
            if (path.Length == 0 || Path.IsPathRooted(path) || path.Split('/', '\\').Contains(".."))
                throw CascadeFile.Wrong(file, $"the teacher's path '{path}'", "one inside the cascade's folder");
        }
        if (MaxLength < 3)
            throw CascadeFile.Wrong(file, $"teacher.max_length is {MaxLength}", "at least 3");
        if (!(Temperature > 0 && double.IsFinite(Temperature)))
            throw CascadeFile.Wrong(file, $"teacher.temperature is {Temperature}", "a number above 0");
        if (Labels.Count == 0 || Labels.Distinct().Count() != Labels.Count)
            throw CascadeFile.Wrong(file, $"teacher.labels are {string.Join(", ", Labels)}", "names, each once");
    }
}

/// <summary>What the output of a classifier holds.</summary>
public enum TeacherScores
{
    /// <summary>Unnormalised.</summary>
    Logits,

    /// <summary>That add up to 1.</summary>
    Probabilities,

    /// <summary>Their logarithms.</summary>
    LogProbabilities,
}
