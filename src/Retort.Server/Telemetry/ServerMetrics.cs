using System.Diagnostics.Metrics;
using Retort.Server.Cascade;
using Retort.Server.Models;
using Retort.Server.Requests;

namespace Retort.Server.Telemetry;

/// <summary>The server's own instruments; ASP.NET Core has those of requests and connections. Names and units as OpenTelemetry's conventions have them.</summary>
internal sealed class ServerMetrics : IDisposable
{
    public const string MeterName = "Retort.Server";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration, _teacher, _confidence;
    private readonly Histogram<int> _batch;
    private readonly Counter<long> _texts, _refusals;

    public ServerMetrics(IMeterFactory meters, ModelStore models, WorkGate gate, RequestBody bodies)
    {
        _meter = meters.Create(MeterName);
        _duration = _meter.CreateHistogram("retort.classify.duration", "s", "What the texts of a request took, waiting and the teacher included", advice: Borders(
            [0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]));
        _teacher = _meter.CreateHistogram("retort.teacher.duration", "s", "What the teacher took for a text, waiting included", advice: Borders(
            [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]));
        _confidence = _meter.CreateHistogram("retort.confidence", null, "The student's probability of its likeliest class", advice: Borders(
            [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1]));
        _batch = _meter.CreateHistogram("retort.batch.size", "{text}", "Texts of a request", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });
        _texts = _meter.CreateCounter<long>("retort.texts", "{text}", "Texts, by who answered: student, teacher, or the student in the teacher's place (fallback)");
        _refusals = _meter.CreateCounter<long>("retort.refusals", "{request}", "Requests that were refused, by code");
        _meter.CreateObservableUpDownCounter("retort.queue.length", () => gate.Waiting, "{request}", "Requests that wait to be computed");
        _meter.CreateObservableUpDownCounter("retort.bodies.pending", () => bodies.Pending, "By", "Bytes reserved for bodies that are being read");
        _meter.CreateObservableCounter("retort.predictions", () => Predictions(models), "{text}", "Texts by the student's class");
        _meter.CreateObservableGauge("retort.drift.psi", () => Drift(models), null, "Population stability index against dev, of the mix of classes and of the confidence");
        _meter.CreateObservableUpDownCounter("retort.teacher.waiting", () => Teachers(models, teacher => teacher.Waiting), "{text}", "Texts that wait for the teacher");
        _meter.CreateObservableGauge("retort.teacher.asked", () => Teachers(models, teacher => teacher.IsAsked ? 1 : 0), null, "1: the teacher is asked; 0: it failed and is left alone");
        _meter.CreateObservableCounter("retort.model.reloads", () => Reloads(models), "{reload}", "Versions that were loaded after the first, and those that could not be");
    }

    /// <summary>Counts a request's answers.</summary>
    public void Answered(ServedModel model, Workspace work, TimeSpan took)
    {
        var name = new KeyValuePair<string, object?>("model", model.Name);
        _duration.Record(took.TotalSeconds, name);
        _batch.Record(work.Count, name);
        int deferred = 0, fallbacks = 0;
        for (int k = 0; k < work.Count; k++)
        {
            ref readonly Answer answer = ref work.Answers[k];
            model.Tally.Add(answer.Index, answer.Confidence);
            _confidence.Record(answer.Confidence, name);
            deferred += answer.Deferred ? 1 : 0;
            fallbacks += answer.Fallback is not null ? 1 : 0;
            if (answer.Teacher is not null)
                _teacher.Record(answer.TeacherMicroseconds / 1e6, name);
        }
        Count(name, "student", work.Count - deferred - fallbacks);
        Count(name, "teacher", deferred);
        Count(name, "fallback", fallbacks);
    }

    /// <summary>Counts a refusal.</summary>
    public void Refused(string code) => _refusals.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Dispose() => _meter.Dispose();

    private static InstrumentAdvice<double> Borders(double[] borders) => new() { HistogramBucketBoundaries = borders };

    private void Count(in KeyValuePair<string, object?> model, string source, int texts)
    {
        if (texts > 0)
            _texts.Add(texts, model, new KeyValuePair<string, object?>("source", source));
    }

    private static IEnumerable<Measurement<long>> Predictions(ModelStore models) =>
        models.Current.SelectMany(model => model.Labels.Select((label, k) => new Measurement<long>(model.Tally.Predictions(k), Tags(model, "label", label))));

    private static IEnumerable<Measurement<double>> Drift(ModelStore models)
    {
        foreach (ServedModel model in models.Current)
        {
            if (model.Tally.Drift() is not { } drift)
                continue;
            yield return new Measurement<double>(drift.Classes, Tags(model, "of", "classes"));
            yield return new Measurement<double>(drift.Confidence, Tags(model, "of", "confidence"));
        }
    }

    private static IEnumerable<Measurement<int>> Teachers(ModelStore models, Func<TeacherGate, int> read) =>
        models.Current.Where(model => model.Teacher is not null).Select(model => new Measurement<int>(read(model.Teacher!), new KeyValuePair<string, object?>("model", model.Name)));

    private static Measurement<long>[] Reloads(ModelStore models)
    {
        (long done, long failed) = models.Reloads;
        return [new(done, new KeyValuePair<string, object?>("outcome", "done")), new(failed, new KeyValuePair<string, object?>("outcome", "failed"))];
    }

    private static KeyValuePair<string, object?>[] Tags(ServedModel model, string name, string value) => [new("model", model.Name), new(name, value)];
}
