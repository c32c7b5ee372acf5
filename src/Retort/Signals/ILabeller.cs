using Retort.Data;
using Retort.Teachers;

namespace Retort.Signals;

/// <summary>A teacher that labels any text. Not thread-safe.</summary>
public interface ILabeller : IDisposable
{
    /// <summary>What its signals depend on beside the text; its classes are in the order of its logits.</summary>
    SignalSource Source { get; }

    /// <summary>Whether its classes exclude each other; null: it cannot tell.</summary>
    TaskKind? Kind { get; }

    /// <summary>Its word on some texts, in their order.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="done">Told how many more texts are done, with their tokens.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    TeacherOutputs Label(string[] texts, Action<int, long>? done, CancellationToken cancellation);
}
