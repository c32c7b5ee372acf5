namespace Retort.Teachers.Sources;

/// <summary>A failure that another attempt may not meet: a lost connection, a busy server.</summary>
internal sealed class TransientException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>How long the server asks to wait; null: it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether bytes were gained before it failed, so that attempts need not be counted.</summary>
    public bool Progressed { get; init; }
}
