using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Students;
using Retort.Teachers;
using Retort.Training;

namespace Retort.Cli.Predictions;

/// <summary>A student or a teacher that classifies texts.</summary>
internal sealed class Model : IDisposable
{
    private const int BatchTokens = 4096;

    private readonly IDisposable _loaded;
    private readonly Func<IReadOnlyList<string>, LogitTable> _logits;
    private readonly LabelSet _labels;
    private readonly TaskKind _kind;
    private readonly double _temperature;

    private Model(IDisposable loaded, Func<IReadOnlyList<string>, LogitTable> logits, LabelSet labels, TaskKind kind, double temperature) =>
        (_loaded, _logits, _labels, _kind, _temperature) = (loaded, logits, labels, kind, temperature);

    /// <summary>Loads what a folder holds, by the <c>model_type</c> of its config.json.</summary>
    /// <param name="folder">A student or a teacher.</param>
    /// <param name="machine">Where a teacher computes; of it a student, which needs no libtorch, takes the threads.</param>
    public static Model Load(string folder, MachineOptions machine)
    {
        machine.Validate();
        string file = Path.Combine(folder, "config.json");
        if (!File.Exists(file))
            throw new UsageException($"there is no model in '{folder}': expected a folder with config.json, such as runs/NAME/student");
        if (IsStudent(file))
        {
            var student = StudentClassifier.Load(folder);
            return new Model(student, texts => student.Logits(texts, machine.Threads), student.Labels, student.Kind, student.Temperature);
        }
        Teacher teacher = Teacher.Load(folder, LibTorch.Start(machine));
        return new Model(teacher, texts => new LogitTable(
            TeacherOutputs.Of(teacher, teacher.Encoder.EncodeAll(texts), PooledState.None, BatchTokens).Logits,
            teacher.Labels.Count), teacher.Labels, teacher.Kind, 1);
    }

    private static bool IsStudent(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) is JsonObject config
                && config["model_type"] is JsonValue value && value.TryGetValue(out string? type) && type == Student.ModelType;
        }
        catch (JsonException e)
        {
            throw new RetortException($"{file} is not JSON ({e.Message}): copy the model's folder again", e);
        }
    }

    /// <summary>Calibrated probabilities, and the classes chosen: the likeliest, or all above one half.</summary>
    public IReadOnlyList<Prediction> Classify(IReadOnlyList<string> texts)
    {
        LogitTable logits = _logits(texts);
        return Enumerable.Range(0, texts.Count).Select(k => One(logits, k)).ToArray();
    }

    public void Dispose() => _loaded.Dispose();

    private Prediction One(LogitTable logits, int k)
    {
        ReadOnlySpan<float> row = logits.Row(k);
        double[] values = new double[row.Length];
        if (_kind == TaskKind.MultiLabel)
        {
            for (int c = 0; c < values.Length; c++)
                values[c] = Probability.Sigmoid(row[c] / _temperature);
        }
        else
        {
            Probability.LogSoftmax(row, _temperature, values);
            values = Array.ConvertAll(values, Math.Exp);
        }
        int[] chosen = _kind == TaskKind.MultiLabel
            ? Enumerable.Range(0, values.Length).Where(c => values[c] > 0.5).ToArray()
            : [logits.ArgMax(k)];
        return new Prediction(_labels, Array.ConvertAll(values, value => (float)value), chosen);
    }
}
