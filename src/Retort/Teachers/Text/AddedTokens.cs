using System.Text.RegularExpressions;

namespace Retort.Teachers.Text;

/// <summary>A token that is matched in the raw text, before anything else is done to it.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="TakesSpaceBefore">Whether white space before it belongs to it, as with RoBERTa's &lt;mask&gt;.</param>
internal sealed record AddedToken(string Content, int Id, bool TakesSpaceBefore = false);

/// <summary>Text between added tokens, or one of these.</summary>
/// <param name="Text">Empty for an added token.</param>
/// <param name="Id">Of an added token; else null.</param>
/// <param name="Start">Where it begins in the whole text.</param>
/// <param name="End">Where it ends there.</param>
internal sealed record TextPiece(string Text, int? Id, int Start, int End);

/// <summary>Cuts a text at the added tokens in it: at the first, and of those that begin there at the longest.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, AddedToken> _tokens;
    private readonly Regex? _pattern;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _tokens = tokens.Where(token => token.Content.Length > 0).DistinctBy(token => token.Content).ToDictionary(token => token.Content, StringComparer.Ordinal);
        if (_tokens.Count > 0)
        {
            _pattern = new Regex(string.Join('|', _tokens.Keys.OrderByDescending(token => token.Length).Select(Regex.Escape)),
                RegexOptions.CultureInvariant);
        }
    }

    /// <summary>In order of their ids.</summary>
    public IEnumerable<AddedToken> All => _tokens.Values.OrderBy(token => token.Id);

    /// <summary>Pieces of text between added tokens, and these tokens' ids; an empty piece is left out.</summary>
    public IEnumerable<TextPiece> Cut(string text)
    {
        int done = 0;
        for (Match? match = _pattern?.Match(text); match?.Success == true; match = match.NextMatch())
        {
            AddedToken token = _tokens[match.Value];
            string before = text[done..match.Index];
            if (token.TakesSpaceBefore)
                before = before.TrimEnd();
            if (before.Length > 0)
                yield return new TextPiece(before, null, done, done + before.Length);
            yield return new TextPiece("", token.Id, done + before.Length, match.Index + match.Length);
            done = match.Index + match.Length;
        }
        if (done < text.Length)
            yield return new TextPiece(text[done..], null, done, text.Length);
    }
}
