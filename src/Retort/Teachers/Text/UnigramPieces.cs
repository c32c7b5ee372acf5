using System.Text;
using Retort.Runtime.Text;

namespace Retort.Teachers.Text;

/// <summary>
/// The likeliest way to cut a text into pieces whose probabilities are independent (Kudo 2018, arXiv:1804.10959), found by
/// Viterbi's algorithm. Where no piece covers a character, an unknown one does; neighbouring unknown ones become one.
/// </summary>
internal sealed class UnigramPieces
{
    // SentencePiece's own: how much less likely the unknown is than the least likely piece.
    private const double UnknownPenalty = 10;

    private readonly Dictionary<string, (int Id, double Score)> _pieces = new(StringComparer.Ordinal);
    private readonly int _longest, _unknownId;
    private readonly double _unknownScore;

    /// <param name="pieces">In order of their ids.</param>
    /// <param name="unknownId">The id of the unknown piece.</param>
    /// <param name="penalty">What is taken from a piece's score; null: nothing.</param>
    public UnigramPieces(IReadOnlyList<SentencePiece> pieces, int unknownId, Func<string, double>? penalty = null)
    {
        float[] scores = [.. pieces.Where(piece => piece.Sort == PieceSort.Normal).Select(piece => piece.Score)];
        (double least, double most) = (scores.Min(), scores.Max());
        for (int id = 0; id < pieces.Count; id++)
        {
            SentencePiece piece = pieces[id];
            if (piece.Text.Length == 0 || piece.Sort is not (PieceSort.Normal or PieceSort.UserDefined))
                continue;
            // A piece of the user's is likelier than any other way to cut it.
            double score = piece.Sort == PieceSort.UserDefined ? Encoding.UTF8.GetByteCount(piece.Text) * most - 0.1 : piece.Score;
            _pieces.TryAdd(piece.Text, (id, score - (penalty?.Invoke(piece.Text) ?? 0)));
            _longest = Math.Max(_longest, piece.Text.Length);
        }
        (_unknownId, _unknownScore) = (unknownId, least - UnknownPenalty);
    }

    /// <summary>Appends the pieces of a normalized text, with where they stand in it.</summary>
    public void Encode(string text, List<Token> pieces)
    {
        (double Score, int Start, int Id)[] best = new (double, int, int)[text.Length + 1];
        Array.Fill(best, (double.NegativeInfinity, -1, -1), 1, text.Length);
        Dictionary<string, (int Id, double Score)>.AlternateLookup<ReadOnlySpan<char>> known = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int start = 0; start < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(start), out _, out int width);
            bool isKnown = false;
            for (int length = 1; length <= Math.Min(_longest, text.Length - start); length++)
            {
                if (!known.TryGetValue(text.AsSpan(start, length), out (int Id, double Score) piece))
                    continue;
                isKnown |= length == width;
                Consider(start + length, best[start].Score + piece.Score, start, piece.Id);
            }
            if (!isKnown)
                Consider(start + width, best[start].Score + _unknownScore, start, _unknownId);
            start += width;
        }
        Append(best, text.Length, pieces);

        void Consider(int end, double score, int start, int id)
        {
            if (score > best[end].Score)
                best[end] = (score, start, id);
        }
    }

    private void Append((double Score, int Start, int Id)[] best, int end, List<Token> pieces)
    {
        int first = pieces.Count;
        for (; end > 0; end = best[end].Start)
        {
            var piece = new Token(best[end].Id, best[end].Start, end);
            bool goesOn = piece.Id == _unknownId && pieces.Count > first && pieces[^1].Id == _unknownId;
            if (goesOn)
                pieces[^1] = pieces[^1] with { Start = piece.Start };
            else
                pieces.Add(piece);
        }
        pieces.Reverse(first, pieces.Count - first);
    }
}
