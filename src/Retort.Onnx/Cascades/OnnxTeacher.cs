using Retort.Runtime.Text;

namespace Retort.Onnx.Cascades;

/// <summary>The teacher of a cascade in ONNX Runtime on the CPU. Thread-safe.</summary>
public sealed class OnnxTeacher : IDisposable
{
    private readonly OnnxTextModel _model;
    private readonly WordPieceTokenizer _tokenizer;
    private readonly CascadeTeacher _facts;
    private readonly int[] _columns;

    private OnnxTeacher(OnnxTextModel model, WordPieceTokenizer tokenizer, CascadeTeacher facts, int[] columns) =>
        (_model, _tokenizer, _facts, _columns) = (model, tokenizer, facts, columns);

    /// <summary>Opens the teacher of a cascade's folder.</summary>
    /// <param name="folder">The cascade's.</param>
    /// <param name="facts">What its file says of the teacher.</param>
    /// <param name="labels">The student's classes, whose order the answers have.</param>
    /// <param name="threads">Threads of one batch; 0: one a core.</param>
    /// <exception cref="InvalidDataException">The model is damaged, or has other classes than the student.</exception>
    /// <exception cref="IOException">A file is missing.</exception>
    public static OnnxTeacher Open(string folder, CascadeTeacher facts, IReadOnlyList<string> labels, int threads)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(labels);
        string path = Path.Combine(folder, facts.Model);
        int[] columns = [.. labels.Select(label => facts.Labels.ToList().IndexOf(label))];
        if (facts.Labels.Count != labels.Count || columns.Contains(-1))
        {
            throw new InvalidDataException($"{path} knows the classes {string.Join(", ", facts.Labels.Take(12))}, the student {string.Join(", ", labels.Take(12))}: expected the same, "
                + "in any order");
        }
        if (!File.Exists(path))
            throw new FileNotFoundException($"{folder} has no {facts.Model}: expected the folder that `retort cascade` wrote, whole", path);
        var tokenizer = WordPieceTokenizer.Load(Path.Combine(folder, facts.Tokenizer));
        OnnxTextModel model;
        try
        {
            model = OnnxTextModel.Load(path, OnnxTextModelOptions.For(tokenizer, labels.Count, threads));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
        if (model.Classes == labels.Count)
            return new OnnxTeacher(model, tokenizer, facts, columns);
        model.Dispose();
        throw new InvalidDataException($"{path} tells {model.Classes} classes apart: expected {labels.Count}");
    }

    /// <summary>(texts × classes) The probability of every class, in the student's order, a text after the other.</summary>
    /// <exception cref="InvalidDataException">ONNX Runtime cannot compute it, or an answer is no number.</exception>
    public float[] Probabilities(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        float[] scores = _model.Run([.. texts.Select(Encode)]).Scores;
        float[] probabilities = new float[texts.Count * _columns.Length];
        double[] row = new double[_columns.Length];
        for (int k = 0; k < texts.Count; k++)
        {
            Read(scores.AsSpan(k * row.Length, row.Length), row);
            for (int label = 0; label < row.Length; label++)
                probabilities[k * row.Length + label] = (float)row[_columns[label]];
        }
        return probabilities;
    }

    public void Dispose() => _model.Dispose();

    private int[] Encode(string text)
    {
        var tokens = new List<Token>();
        int most = Math.Min(_facts.MaxLength, _model.FixedLength > 0 ? _model.FixedLength : int.MaxValue);
        _tokenizer.Encode(text, tokens, most - 2);
        return [_tokenizer.ClassifierId, .. tokens.Select(token => token.Id), _tokenizer.SeparatorId];
    }

    private void Read(ReadOnlySpan<float> scores, double[] probabilities)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (int k = 0; k < scores.Length; k++)
        {
            double logit = _facts.Scores == TeacherScores.Probabilities ? Math.Log(Math.Max(scores[k], 1e-12)) : scores[k];
            if (!double.IsFinite(logit))
                throw new InvalidDataException($"the teacher says {scores[k]} of a class: expected a number");
            probabilities[k] = logit / _facts.Temperature;
            largest = Math.Max(largest, probabilities[k]);
        }
        for (int k = 0; k < scores.Length; k++)
            sum += probabilities[k] = Math.Exp(probabilities[k] - largest);
        for (int k = 0; k < scores.Length; k++)
            probabilities[k] /= sum;
    }
}
