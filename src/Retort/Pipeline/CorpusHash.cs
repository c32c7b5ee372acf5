using System.Globalization;
using Retort.Data;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>What identifies corpora: their classes, texts and labels, in order; not the files that they came from.</summary>
internal static class CorpusHash
{
    public static string Of(params Corpus[] corpora) => ContentHash.OfLines(corpora.SelectMany(corpus =>
        corpus.Labels.Names.Append($"{corpus.Kind} {corpus.Count}").Concat(corpus.Samples.Select(Line))));

    private static string Line(Sample sample)
    {
        string targets = sample.Targets is null ? ""
            : string.Join(' ', sample.Targets.Select(target => target.ToString("R", CultureInfo.InvariantCulture)));
        return $"{sample.Label}\t{targets}\t{sample.Text}";
    }
}
