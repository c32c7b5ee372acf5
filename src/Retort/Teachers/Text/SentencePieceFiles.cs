using System.Text.Json;
using Retort.Runs;

namespace Retort.Teachers.Text;

/// <summary>Reads a SentencePiece tokenizer: ALBERT's <c>spiece.model</c>, or XLM-RoBERTa's <c>sentencepiece.bpe.model</c>.</summary>
internal static class SentencePieceFiles
{
    public const string OfAlbert = "spiece.model", OfXlmRoberta = "sentencepiece.bpe.model";

    /// <exception cref="RetortException">The model is damaged, or of another kind.</exception>
    public static SentencePieceTokenizer Load(string folder) =>
        File.Exists(Path.Combine(folder, OfAlbert)) ? LoadAlbert(folder) : LoadXlmRoberta(folder);

    private static SentencePieceTokenizer LoadAlbert(string folder)
    {
        string file = Path.Combine(folder, OfAlbert);
        SentencePieceModel model = SentencePieceModel.Load(file);
        SpecialNames names = SpecialNames.Read(folder, "[CLS]", "[SEP]", "[MASK]");
        var cleaning = new TextCleaning(names.File.Flag("do_lower_case", true), !names.File.Flag("keep_accents", false), UnifiesQuotes: true);
        int IdOf(string token) => Array.FindIndex([.. model.Pieces], piece => piece.Text == token);
        int Frame(string token) => IdOf(token) is >= 0 and var id ? id
            : throw new RetortException($"{file} has no piece '{token}', which stands before or behind a text: expected ALBERT's; copy it again from where the weights come from");
        var added = new AddedTokens(new[] { names.First, names.Last, names.Mask, "<pad>", "<unk>" }.Where(token => IdOf(token) >= 0)
            .Select(token => new AddedToken(token, IdOf(token), TakesSpaceBefore: token == names.Mask)));
        RequireKnown(folder, (token, id) => IdOf(token) == id);
        return new SentencePieceTokenizer(model, cleaning, new UnigramPieces(model.Pieces, model.UnknownId, NumberPenalty), added,
            number => number, model.Pieces.Count, Frame(names.First), Frame(names.Last), ContentHash.OfFile(file));
    }

    // The first four ids are fairseq's, in its order; the model's own first three pieces, <unk>, <s> and </s>, are not used.
    private static SentencePieceTokenizer LoadXlmRoberta(string folder)
    {
        const int Shift = 1, Unknown = 3;
        string file = Path.Combine(folder, OfXlmRoberta);
        SentencePieceModel model = SentencePieceModel.Load(file);
        int mask = model.Pieces.Count + Shift;
        var added = new AddedTokens([new("<s>", 0), new("<pad>", 1), new("</s>", 2), new("<unk>", Unknown), new("<mask>", mask, TakesSpaceBefore: true)]);
        RequireKnown(folder, (token, id) => added.All.Any(one => one.Content == token && one.Id == id)
            || Array.FindIndex([.. model.Pieces], piece => piece.Text == token) + Shift == id);
        return new SentencePieceTokenizer(model, new TextCleaning(false, false, false), new UnigramPieces(model.Pieces, model.UnknownId), added,
            number => number == model.UnknownId ? Unknown : number + Shift, mask + 1, 0, 2, ContentHash.OfFile(file));
    }

    // A token that was added after the model was made would be cut into pieces, and the teacher would not answer as it does elsewhere.
    private static void RequireKnown(string folder, Func<string, int, bool> isKnown)
    {
        const string name = "added_tokens.json";
        string file = Path.Combine(folder, name);
        if (!File.Exists(file))
            return;
        using JsonDocument document = TextTokenizer.Parse(file);
        foreach (JsonProperty token in document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.EnumerateObject() : default)
        {
            if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out int id) || !isKnown(token.Name, id))
            {
                throw new RetortException($"{file} adds the token '{token.Name}' to the SentencePiece model: expected none beside the model's own; "
                    + "of such a teacher, export the logits instead");
            }
        }
    }

    // ALBERT's tokenizer parts a number from the comma behind it; Hugging Face does so by making such pieces very unlikely.
    private static double NumberPenalty(string piece) =>
        piece.Length >= 2 && piece[^1] == ',' && char.IsDigit(piece[^2]) ? 100 : 0;
}
