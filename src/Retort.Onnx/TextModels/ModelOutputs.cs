namespace Retort.Onnx.TextModels;

/// <summary>A float output and the shape that it had for a batch.</summary>
internal sealed record ProbedOutput(string Name, long[] Shape)
{
    public override string ToString() => $"{Name} ({string.Join(", ", Shape)})";
}

/// <summary>What the outputs of a text model are, found by their names and by the shapes that they have. Immutable.</summary>
/// <param name="Scores">Name of what it says of the classes: (batch, classes).</param>
/// <param name="Classes">How many.</param>
/// <param name="States">Name of the last layer's states: (batch, tokens, hidden); null: it has none.</param>
/// <param name="Hidden">Their width; 0: none.</param>
/// <param name="Attentions">How many outputs are attention: (batch, heads, tokens, tokens).</param>
internal sealed record ModelOutputs(string Scores, int Classes, string? States, int Hidden, int Attentions)
{
    /// <summary>Tells outputs apart.</summary>
    /// <param name="all">The model's float outputs, in its order.</param>
    /// <param name="rows">Texts of the batch.</param>
    /// <param name="width">Tokens a text, padding included.</param>
    /// <param name="classes">Classes that are expected; 0: unknown.</param>
    /// <exception cref="InvalidDataException">None is of classes, or several may be.</exception>
    public static ModelOutputs Of(IReadOnlyList<ProbedOutput> all, int rows, int width, int classes)
    {
        ProbedOutput scores = Scored(all, rows, classes);
        // Of all layers' states, exporters write the last one's last.
        ProbedOutput? states = all.LastOrDefault(output => output.Shape is [long r, long w, _] && (r, w) == (rows, width));
        states = all.FirstOrDefault(output => output.Name == TensorNames.States && output.Shape.Length == 3) ?? states;
        int attentions = all.Count(output => output.Shape is [long r, _, long from, long to] && (r, from, to) == (rows, width, width));
        return new ModelOutputs(scores.Name, (int)scores.Shape[1], states?.Name, states is null ? 0 : (int)states.Shape[2], attentions);
    }

    private static ProbedOutput Scored(IReadOnlyList<ProbedOutput> all, int rows, int classes)
    {
        ProbedOutput? named = all.FirstOrDefault(output => output.Name.Equals(TensorNames.Logits, StringComparison.OrdinalIgnoreCase));
        if (named is not null)
        {
            return IsPerText(named) ? named : throw new InvalidDataException(
                $"its output {named} is not (batch, classes) for {rows} texts: expected a classifier of texts, not of tokens or pairs");
        }
        ProbedOutput[] candidates = all.Where(IsPerText).ToArray();
        if (candidates.Length > 1 && candidates.Count(output => output.Shape[1] == classes) == 1)
            return candidates.Single(output => output.Shape[1] == classes);
        return candidates.Length == 1 ? candidates[0] : throw new InvalidDataException(
            $"for {rows} texts its float outputs are {string.Join(", ", all)}{(all.Count == 0 ? "none" : "")}: expected one that is called {TensorNames.Logits}, "
            + "or one alone of shape (batch, classes); is it a text classifier?");

        bool IsPerText(ProbedOutput output) => output.Shape is [long r, > 1] && r == rows;
    }
}
