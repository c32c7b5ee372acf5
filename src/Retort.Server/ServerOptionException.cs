namespace Retort.Server;

/// <summary>The server cannot start with what it was told; the message says what was found, what was expected and the cure.</summary>
public sealed class ServerOptionException : Exception
{
    public ServerOptionException(string message)
        : base(message)
    {
    }

    public ServerOptionException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
