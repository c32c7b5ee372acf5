namespace Retort.Server.Requests;

/// <summary>A request that is refused: what the client is told.</summary>
/// <param name="status">HTTP's.</param>
/// <param name="code">One of <see cref="ProblemCode"/>, for machines.</param>
/// <param name="detail">For people: what was found, what was expected. Never holds a text, a path or a stack.</param>
internal sealed class ProblemException(int status, string code, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>A request that says something wrong.</summary>
    public static ProblemException Bad(string code, string detail) => new(StatusCodes.Status400BadRequest, code, detail);
}
