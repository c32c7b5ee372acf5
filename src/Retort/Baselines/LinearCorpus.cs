using Microsoft.ML;
using Microsoft.ML.Data;
using Retort.Data;

namespace Retort.Baselines;

/// <summary>The texts of train as sparse vectors in memory, with what made them.</summary>
/// <param name="Context">ML.NET's.</param>
/// <param name="Features">From text to vector, fitted on train.</param>
/// <param name="Schema">The columns that it begins with.</param>
/// <param name="Rows">Train: label and vector.</param>
internal sealed record LinearCorpus(MLContext Context, TransformerChain<ITransformer> Features, DataViewSchema Schema, IDataView Rows)
{
    /// <summary>N-grams.</summary>
    public int Width => ((VectorDataViewType)Rows.Schema[LinearFeatures.Features].Type).Size;

    public static LinearCorpus Of(MLContext context, Corpus train)
    {
        IDataView texts = Load(context, train);
        var features = new TransformerChain<ITransformer>(LinearFeatures.Of(context, train.Texts()).Fit(texts));
        return new LinearCorpus(context, features, texts.Schema, InMemory(context, features.Transform(texts)));
    }

    /// <summary>The vectors of another corpus of the same label set.</summary>
    public IDataView Transform(Corpus corpus) => InMemory(Context, Features.Transform(Load(Context, corpus)));

    private static IDataView Load(MLContext context, Corpus corpus) => context.Data.LoadFromEnumerable(
        corpus.Samples.Select((sample, row) => new LinearText { Text = sample.Text, Class = (uint)corpus.ClassOf(row) }), LinearText.Schema(corpus.Labels.Count));

    private static IDataView InMemory(MLContext context, IDataView rows) =>
        context.Data.Cache(context.Transforms.SelectColumns(LinearText.Label, LinearFeatures.Features).Fit(rows).Transform(rows));
}
