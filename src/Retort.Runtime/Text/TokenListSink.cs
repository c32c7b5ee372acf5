namespace Retort.Runtime.Text;

/// <summary>Appends tokens to a list until it holds a number of them.</summary>
internal readonly struct TokenListSink(List<Token> tokens, int limit) : ITokenSink
{
    public bool Add(int id, int start, int end)
    {
        tokens.Add(new Token(id, start, end));
        return tokens.Count < limit;
    }
}
