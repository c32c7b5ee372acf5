namespace Retort.Runs;

/// <summary>An expected failure: the message says what was found, what was expected and the cure.</summary>
public class RetortException : Exception
{
    public RetortException(string message) : base(message) { }

    public RetortException(string message, Exception cause) : base(message, cause) { }
}

/// <summary>The command line, the recipe or an option is wrong (exit code 2), as opposed to a job that failed (1).</summary>
public sealed class UsageException : RetortException
{
    public UsageException(string message) : base(message) { }

    public UsageException(string message, Exception cause) : base(message, cause) { }

    /// <summary>The dotted key of the option that is wrong, where one is: a recipe adds its line.</summary>
    public string? Key { get; init; }
}
