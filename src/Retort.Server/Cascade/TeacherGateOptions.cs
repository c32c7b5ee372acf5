namespace Retort.Server.Cascade;

/// <summary>How a cascade asks its teacher.</summary>
public sealed record TeacherGateOptions
{
    /// <summary>How long a batch waits for more texts. Default: 3 ms.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>Most texts in a batch. Default: 16.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Batches that are computed at once. Default: 1.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Threads of one batch; 0: one a core. Default: 0.</summary>
    public int Threads { get; init; }

    /// <summary>Texts that wait; beyond it the student answers. Default: 64.</summary>
    public int Queue { get; init; } = 64;

    /// <summary>How long a text waits for its answer, its place in the queue included; then the student answers. Default: 2 seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the teacher is left alone after it failed. Default: 10 seconds.</summary>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(10);

    internal void Validate()
    {
        if (Window < TimeSpan.Zero || Batch < 1 || Concurrency < 1 || Threads < 0 || Queue < 1 || Patience <= TimeSpan.Zero || Break < TimeSpan.FromMilliseconds(500) || Window >= Patience)
        {
            throw new ServerOptionException($"the teacher's window is {Window.TotalMilliseconds} ms, its batch {Batch}, concurrency {Concurrency}, threads {Threads}, queue {Queue}, "
                + $"patience {Patience.TotalMilliseconds} ms, break {Break.TotalMilliseconds} ms: expected counts of at least 1 (threads: 0), times of more than 0, a break of at least 500 ms, and a window below the patience");
        }
    }
}
