using Microsoft.ML;
using Microsoft.ML.Data;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Baselines;

/// <summary>
/// A trained linear model: from raw text to a logit for each class of the label set it was trained with. Logits are distances from the
/// classes' planes, no log-probabilities: fit a temperature before reading them as probabilities. Not thread-safe.
/// </summary>
public sealed class LinearModel : IDisposable
{
    private const string FileName = "model.zip";

    private readonly MLContext _context;
    private readonly ITransformer _model;
    private readonly DataViewSchema _schema;
    private readonly int _classes;
    private readonly PredictionEngine<LinearText, LinearAnswer> _engine;

    internal LinearModel(MLContext context, ITransformer model, DataViewSchema schema)
    {
        (_context, _model, _schema) = (context, model, schema);
        _classes = ((VectorDataViewType)model.GetOutputSchema(schema)[nameof(LinearAnswer.Score)].Type).Size;
        _engine = context.Model.CreatePredictionEngine<LinearText, LinearAnswer>(model, inputSchemaDefinition: LinearText.Schema(_classes));
    }

    /// <summary>Loads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="RetortException">There is no model, or it is damaged.</exception>
    public static LinearModel Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        var context = new MLContext(LinearTraining.Seed);
        try
        {
            ITransformer model = context.Model.Load(path, out DataViewSchema schema);
            return new LinearModel(context, model, schema);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new RetortException($"{path} is no linear model ({e.Message}): delete the folder {folder}, and the run trains it anew", e);
        }
    }

    /// <summary>Writes the model into a folder: ML.NET's zip file.</summary>
    public void Save(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream => _context.Model.Save(_model, _schema, stream));

    /// <summary>(texts, classes) in the order of the texts.</summary>
    public LogitTable Logits(IReadOnlyList<string> texts)
    {
        IDataView rows = _context.Data.LoadFromEnumerable(texts.Select(text => new LinearText { Text = text }), LinearText.Schema(_classes));
        return Scores(_model.Transform(rows), _classes);
    }

    /// <summary>Classifies one text on this thread, to be timed.</summary>
    public void Answer(string text) => _engine.Predict(new LinearText { Text = text });

    public void Dispose() => _engine.Dispose();

    internal static LogitTable Scores(IDataView scored, int classes)
    {
        float[] logits = [.. scored.GetColumn<float[]>(nameof(LinearAnswer.Score)).SelectMany(row => row)];
        return new LogitTable(logits, classes);
    }
}
