using Retort.Runtime.Text;
using Retort.Teachers;

namespace Retort.Transfer.Augmentation;

/// <summary>Fills the holes of drafts with words that a masked-language head expects there.</summary>
/// <param name="model">The encoder with its head.</param>
/// <param name="choices">Each hole is filled with one of so many.</param>
internal sealed class WordPrediction(MaskedLanguageModel model, int choices)
{
    // Among the likeliest are pieces of words, punctuation and the word itself, none of which is wanted.
    private const int Spare = 20;

    /// <summary>Fills every hole; one behind the model's longest input keeps its word.</summary>
    public void Fill(IReadOnlyList<Draft> drafts, CancellationToken cancellation)
    {
        Question[] questions = [.. drafts.Where(draft => draft.Units.Exists(unit => unit.Kind == UnitKind.Hole)).Select(Ask)];
        Question[] asked = Array.FindAll(questions, question => question.Places.Length > 0);
        int count = Math.Min(choices + Spare, model.Tokenizer.Vocabulary.Count);
        int[][][] answers = model.Likeliest(Array.ConvertAll(asked, question => question.Ids),
            Array.ConvertAll(asked, question => question.Places), count, cancellation);
        for (int k = 0; k < asked.Length; k++)
            Answer(asked[k].Draft, answers[k]);
        foreach (Question question in questions)
            CloseRest(question.Draft.Units);
    }

    private Question Ask(Draft draft)
    {
        var holes = new List<int>();
        string text = TextUnits.Join(draft.Units, model.Tokenizer.Options.MaskToken, holes);
        var tokens = new List<Token>();
        model.Tokenizer.Encode(text, tokens, model.MaxLength - 2);
        int[] places = [.. holes.Select(hole => tokens.FindIndex(token => token.Id == model.MaskId && token.Start <= hole && hole < token.End))
            .TakeWhile(place => place >= 0).Select(place => place + 1)];
        return new Question(draft, [model.Tokenizer.ClassifierId, .. tokens.Select(token => token.Id), model.Tokenizer.SeparatorId], places);
    }

    private void Answer(Draft draft, int[][] answers)
    {
        int next = 0;
        for (int k = 0; k < draft.Units.Count && next < answers.Length; k++)
        {
            TextUnit unit = draft.Units[k];
            if (unit.Kind != UnitKind.Hole)
                continue;
            string[] words = [.. answers[next++].Select(id => model.Tokenizer.Vocabulary[id]).Where(word => Fits(word, unit.Text)).Take(choices)];
            string chosen = words.Length > 0 ? words[draft.Random.Below(words.Length)] : unit.Text;
            draft.Units[k] = unit with { Text = chosen, Kind = UnitKind.Word };
        }
    }

    private static void CloseRest(List<TextUnit> units)
    {
        for (int k = 0; k < units.Count; k++)
        {
            if (units[k].Kind == UnitKind.Hole)
                units[k] = units[k] with { Kind = UnitKind.Word };
        }
    }

    // A whole word, in the writing of the one that it replaces; [CLS] and ##ing are none.
    private static bool Fits(string token, string word) =>
        token.All(char.IsLetterOrDigit) && !token.Equals(word, StringComparison.OrdinalIgnoreCase)
        && TextUnits.IsChinese(token[0]) == TextUnits.IsChinese(word[0]);

    /// <param name="Draft">A draft with holes.</param>
    /// <param name="Ids">Its tokens, with [MASK] in the holes, between [CLS] and [SEP].</param>
    /// <param name="Places">Where among them the holes are that the model can read.</param>
    private sealed record Question(Draft Draft, int[] Ids, int[] Places);
}
