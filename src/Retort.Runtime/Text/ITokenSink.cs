namespace Retort.Runtime.Text;

/// <summary>Receives tokens in order.</summary>
internal interface ITokenSink
{
    /// <summary>Takes a token; false: no more are wanted.</summary>
    bool Add(int id, int start, int end);
}
