using System.Runtime.InteropServices;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Signals;

/// <summary>The logits of many texts in a temporary memory-mapped file: (texts × classes) float. Reading is thread-safe.</summary>
internal sealed class MappedLogits : ILogitRows, IDisposable
{
    private readonly MappedArray<float> _values;

    private MappedLogits(MappedArray<float> values, int classes) => (_values, Classes) = (values, classes);

    public int Count => checked((int)(_values.Length / Classes));

    public int Classes { get; }

    /// <summary>Writes blocks one behind the other.</summary>
    /// <param name="folder">Where the file stands until it is closed.</param>
    /// <param name="classes">Logits a row.</param>
    /// <param name="blocks">The rows, in order.</param>
    public static MappedLogits Write(string folder, int classes, IEnumerable<LogitTable> blocks) => new(MappedArray<float>.Temporary(folder, file =>
    {
        foreach (LogitTable block in blocks)
            file.Write(MemoryMarshal.AsBytes(block.Values.AsSpan()));
    }), classes);

    public LogitTable Choose(IReadOnlyList<int> rows) => new(_values.Rows(rows, Classes), Classes);

    public void Dispose() => _values.Dispose();
}
