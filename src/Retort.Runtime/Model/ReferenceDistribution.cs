using System.Text.Json;
using System.Text.Json.Serialization;

namespace Retort.Runtime.Model;

/// <summary>
/// What a student said of dev, as <c>reference.json</c> in its folder: what it says later, on other texts, is compared with it. A student needs no such file to answer.
/// </summary>
public sealed record ReferenceDistribution
{
    /// <summary>The name of the file.</summary>
    public const string Name = "reference.json";

    /// <summary>How many texts of dev were asked; at least 1.</summary>
    public required int Texts { get; init; }

    /// <summary>The share of texts whose likeliest class is this one, in index order.</summary>
    public required IReadOnlyList<double> Classes { get; init; }

    /// <summary>
    /// Inner borders of the confidence's bins, rising: bin k holds the probabilities p of the likeliest class with border k−1 ≤ p &lt; border k. Those of <see cref="Of"/>
    /// are dev's deciles, without repeats.
    /// </summary>
    public required IReadOnlyList<double> ConfidenceBorders { get; init; }

    /// <summary>The share of texts in each bin; one more than there are borders.</summary>
    public required IReadOnlyList<double> Confidence { get; init; }

    /// <summary>Counts answers.</summary>
    /// <param name="answers">What a student said of dev, at least one.</param>
    /// <param name="classes">How many classes there are.</param>
    public static ReferenceDistribution Of(IReadOnlyList<Classification> answers, int classes)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentOutOfRangeException.ThrowIfZero(answers.Count, nameof(answers));
        double[] sorted = [.. answers.Select(answer => (double)answer.Probability).Order()];
        double[] borders = [.. Enumerable.Range(1, 9).Select(tenth => sorted[(int)((long)sorted.Length * tenth / 10)]).Distinct()];
        var reference = new ReferenceDistribution
        {
            Texts = answers.Count,
            Classes = [.. Enumerable.Range(0, classes).Select(k => answers.Count(answer => answer.Index == k) / (double)answers.Count)],
            ConfidenceBorders = borders,
            Confidence = [],
        };
        int[] counts = new int[borders.Length + 1];
        foreach (Classification answer in answers)
            counts[reference.BinOf(answer.Probability)]++;
        return reference with { Confidence = [.. counts.Select(count => count / (double)answers.Count)] };
    }

    /// <summary>The bin of a probability.</summary>
    public int BinOf(double confidence)
    {
        int bin = 0;
        while (bin < ConfidenceBorders.Count && confidence >= ConfidenceBorders[bin])
            bin++;
        return bin;
    }

    /// <summary>Reads the file of a student's folder.</summary>
    /// <param name="folder">The student's.</param>
    /// <param name="classes">How many classes the student has.</param>
    /// <returns>Null: the folder has none.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or belongs to another student.</exception>
    public static ReferenceDistribution? Read(string folder, int classes)
    {
        string file = Path.Combine(folder, Name);
        if (!File.Exists(file))
            return null;
        try
        {
            ReferenceDistribution reference = JsonSerializer.Deserialize(File.ReadAllBytes(file), ReferenceJson.Default.ReferenceDistribution)
                ?? throw new JsonException("null");
            if (reference.Texts < 1 || reference.Classes.Count != classes || reference.Confidence.Count != reference.ConfidenceBorders.Count + 1
                || reference.Classes.Concat(reference.Confidence).Concat(reference.ConfidenceBorders).Any(share => share is not (>= 0 and <= 1))
                || !reference.ConfidenceBorders.SequenceEqual(reference.ConfidenceBorders.Order()))
                throw new InvalidDataException($"{file}: expected shares of {classes} classes and of one more bins of confidence than there are rising borders");
            return reference;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file} is not the reference of a student: {e.Message}", e);
        }
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ReferenceJson.Default.ReferenceDistribution) + "\n";

    /// <summary>
    /// The population stability index Σ (found − expected) · ln(found / expected). By custom, below 0.1 nothing has changed, and above 0.25 much has. An empty bin counts as half a text.
    /// </summary>
    /// <param name="expected">Shares, of <see cref="Texts"/> texts.</param>
    /// <param name="found">Counts, of at least one text.</param>
    public double Stability(IReadOnlyList<double> expected, ReadOnlySpan<long> found)
    {
        ArgumentNullException.ThrowIfNull(expected);
        long all = 0;
        foreach (long count in found)
            all += count;
        double sum = 0;
        for (int k = 0; k < found.Length; k++)
        {
            double then = Math.Max(expected[k], 0.5 / Texts), now = Math.Max(found[k], 0.5) / all;
            sum += (now - then) * Math.Log(now / then);
        }
        return sum;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ReferenceDistribution))]
internal sealed partial class ReferenceJson : JsonSerializerContext;
