using Retort.Server.Models;
using Retort.Server.Requests;

namespace Retort.Server.Protocol;

/// <summary>A student's tensors in the Open Inference Protocol.</summary>
internal static class ModelTensors
{
    public const string Platform = "retort_textcnn", Input = "text", Label = "label", Probability = "probability", Probabilities = "probabilities", Source = "source", InScope = "in_scope";

    /// <summary>The output tensors of a model: name, type, sizes of which the first is the texts'.</summary>
    public static IEnumerable<(string Name, string Type, int[] Shape)> Outputs(ServedModel model)
    {
        yield return (Label, "BYTES", [-1]);
        yield return (Probability, "FP32", [-1]);
        yield return (Probabilities, "FP32", [-1, model.Labels.Count]);
        if (model.Teacher is not null)
            yield return (Source, "BYTES", [-1]);
        if (model.Cascade?.Rejection is not null)
            yield return (InScope, "BOOL", [-1]);
    }

    /// <summary>The tensors that are asked for; none named: all.</summary>
    /// <exception cref="ProblemException">The model has no such tensor.</exception>
    public static (string Name, string Type, int[] Shape)[] Wanted(ServedModel model, IReadOnlyList<string> names)
    {
        (string Name, string Type, int[] Shape)[] all = [.. Outputs(model)];
        if (names.Count == 0)
            return all;
        if (names.Count > all.Length || names.Distinct().Count() != names.Count)
            throw ProblemException.Bad(ProblemCode.InvalidField, $"{names.Count} outputs are asked for: expected each of {string.Join(", ", all.Select(one => one.Name))} once at most");
        return [.. names.Select(name => Array.Find(all, one => one.Name == name) is { Name: not null } found ? found
            : throw ProblemException.Bad(ProblemCode.InvalidField, $"the model has no output of this name: expected {string.Join(", ", all.Select(one => one.Name))}"))];
    }

    /// <summary>Checks the one input tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="elements">What its shape multiplies to; null: it is no shape of texts.</param>
    /// <param name="found">Texts that came.</param>
    /// <exception cref="ProblemException">It is not what the model reads.</exception>
    public static void Require(string? name, string? type, long? elements, int found)
    {
        if (name != Input)
            throw ProblemException.Bad(ProblemCode.InvalidField, $"the input tensor is not called {Input}");
        if (type != "BYTES")
            throw ProblemException.Bad(ProblemCode.InvalidField, $"the datatype of {Input} is not BYTES");
        if (elements is null)
            throw ProblemException.Bad(ProblemCode.InvalidField, $"the shape of {Input} is missing or not [n] or [n, 1]");
        if (elements != found)
            throw ProblemException.Bad(ProblemCode.InvalidField, $"the shape of {Input} says {elements} texts and {found} came");
        if (found == 0)
            throw ProblemException.Bad(ProblemCode.InvalidField, $"{Input} is empty: expected at least one text");
    }

    /// <summary>The texts that a shape says; null: it is none of texts.</summary>
    public static long? Elements(IReadOnlyList<long> shape) => shape switch
    {
        [>= 0 and var texts] => texts,
        [>= 0 and var texts, 1] => texts,
        _ => null,
    };
}
