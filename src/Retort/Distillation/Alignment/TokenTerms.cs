using Retort.Students;

namespace Retort.Distillation.Alignment;

/// <summary>What the student's tokens of a batch are held to: read once for all terms that are of tokens.</summary>
/// <param name="input">The teacher's.</param>
/// <param name="encoder">The student's tokenizer, which cuts texts in another way.</param>
/// <param name="texts">The transfer set.</param>
internal sealed class TokenTerms(TokenInput input, StudentEncoder encoder, IReadOnlyList<string> texts)
{
    private int[] _batch = [];
    private (TeacherTokens Teacher, TokenMatch Match)[] _read = [];

    public TokenInput Input => input;

    /// <summary>The teacher's tokens of each text, matched with the student's.</summary>
    public (TeacherTokens Teacher, TokenMatch Match)[] Of(int[] batch)
    {
        if (batch.AsSpan().SequenceEqual(_batch))
            return _read;
        TeacherTokens[] tokens = input.Read(batch);
        _read = [.. batch.Select((text, k) => (tokens[k], TokenMatch.Of(encoder.Locate(texts[text]), tokens[k].Tokens)))];
        _batch = batch;
        return _read;
    }
}
