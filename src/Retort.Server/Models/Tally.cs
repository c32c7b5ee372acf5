using Retort.Runtime.Model;

namespace Retort.Server.Models;

/// <summary>What a model answered, counted: since it was loaded, and over the last texts for drift. Thread-safe.</summary>
internal sealed class Tally(int classes, ReferenceDistribution? reference, int window)
{
    private readonly long[] _predictions = new long[classes];
    private readonly ReferenceDistribution? _reference = reference;
    private Window _now = new(classes, reference);
    private Window? _before;

    /// <summary>Texts of each class.</summary>
    public long Predictions(int index) => Volatile.Read(ref _predictions[index]);

    /// <summary>Counts what the student said of a text.</summary>
    public void Add(int index, float confidence)
    {
        Interlocked.Increment(ref _predictions[index]);
        if (_reference is null)
            return;
        Window now = Volatile.Read(ref _now);
        Interlocked.Increment(ref now.Classes[index]);
        Interlocked.Increment(ref now.Confidence[_reference.BinOf(confidence)]);
        if (Interlocked.Increment(ref now.Texts) == window)
        {
            Volatile.Write(ref _before, now);
            Volatile.Write(ref _now, new Window(classes, _reference));
        }
    }

    /// <summary>
    /// The population stability index of the mix of classes and of the confidence against dev: over the last full window, or, before there is one, what there is of the first;
    /// null: the student has no reference, or fewer than 100 texts came.
    /// </summary>
    public (double Classes, double Confidence)? Drift()
    {
        Window? counted = Volatile.Read(ref _before) ?? Volatile.Read(ref _now);
        return _reference is null || Volatile.Read(ref counted.Texts) < 100 ? null
            : (_reference.Stability(_reference.Classes, counted.Classes), _reference.Stability(_reference.Confidence, counted.Confidence));
    }

    private sealed class Window(int classes, ReferenceDistribution? reference)
    {
        public readonly long[] Classes = new long[classes];
        public readonly long[] Confidence = new long[reference?.Confidence.Count ?? 0];
        public long Texts;
    }
}
