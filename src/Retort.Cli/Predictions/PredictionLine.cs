using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Retort.Cli.Predictions;

/// <summary>Writes a prediction as one line.</summary>
internal static class PredictionLine
{
    // Text stays readable; only what JSON itself needs is escaped.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Label and probability with a tab between them; a pair for each chosen label of a multi-label task.</summary>
    public static string Tabbed(Prediction prediction) => string.Join('\t', prediction.Chosen.Select(chosen =>
        $"{OneCell(prediction.Labels[chosen])}\t{Rounded(prediction.Probabilities[chosen])}"));

    /// <summary>A JSON object with the text, the chosen labels and the probability of every class.</summary>
    public static string AsJson(string text, Prediction prediction) => JsonSerializer.Serialize(new
    {
        text,
        labels = prediction.Chosen.Select(chosen => prediction.Labels[chosen]),
        probabilities = prediction.Labels.Names.Zip(prediction.Probabilities)
            .ToDictionary(pair => pair.First, pair => Math.Round((double)pair.Second, 6)),
    }, Json);

    private static string OneCell(string label) => label.Replace('\t', ' ').Replace('\n', ' ').Replace('\r', ' ');

    private static string Rounded(float probability) => probability.ToString("0.0000", CultureInfo.InvariantCulture);
}
