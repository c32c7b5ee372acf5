using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Teachers.Encoders;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Teachers;

/// <summary>A pre-trained encoder that has kept its masked-language head: it says what could stand in a hidden place.</summary>
public sealed class MaskedLanguageModel : IDisposable
{
    private const int BatchTokens = 4096;

    private readonly BertMaskedModel _module;
    private readonly Device _device;

    private MaskedLanguageModel(BertMaskedModel module, WordPieceTokenizer tokenizer, int maskId, int maxLength, Device device)
    {
        (_module, Tokenizer, MaskId, MaxLength, _device) = (module, tokenizer, maskId, maxLength, device);
        module.to(device);
        module.eval();
    }

    public WordPieceTokenizer Tokenizer { get; }

    /// <summary>The id of [MASK].</summary>
    public int MaskId { get; }

    /// <summary>Longest input in tokens, [CLS] and [SEP] included.</summary>
    public int MaxLength { get; }

    /// <summary>Loads a Hugging Face folder.</summary>
    /// <exception cref="RetortException">It is no BERT, or has no such head.</exception>
    public static MaskedLanguageModel Load(string folder, Device device)
    {
        EncoderConfig config = RequireBert(folder);
        WordPieceTokenizer tokenizer = EncoderVocabulary.LoadTokenizer(folder, config);
        if (!tokenizer.Vocabulary.TryGetId(tokenizer.Options.MaskToken, out int maskId))
            throw new RetortException($"{folder}: the vocabulary lacks '{tokenizer.Options.MaskToken}', so its model cannot say what stands in a hidden place");
        return new MaskedLanguageModel(EncoderWeights.LoadMasked(folder, config), tokenizer, maskId, config.MaxPositions, device);
    }

    /// <summary>The shape of a folder's encoder, which must be a BERT.</summary>
    /// <exception cref="UsageException">It is of another kind, whose head is not read.</exception>
    internal static EncoderConfig RequireBert(string folder)
    {
        EncoderConfig config = EncoderConfig.Load(folder);
        return config.Kind == EncoderKind.Bert ? config
            : throw new UsageException($"augmentation.predict asks {folder} what could stand in a place, and its model_type is '{config.Form.ModelType}': "
                + "expected 'bert'; set augmentation.predict to 0 and use augmentation.replace")
            { Key = "augmentation.predict" };
    }

    /// <summary>The likeliest tokens of some places, the likeliest first.</summary>
    /// <param name="texts">Token ids of each text, with [CLS] and [SEP].</param>
    /// <param name="places">The places of each text.</param>
    /// <param name="count">How many tokens.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>For each text, for each place, ids.</returns>
    public int[][][] Likeliest(IReadOnlyList<int[]> texts, IReadOnlyList<int[]> places, int count, CancellationToken cancellation = default)
    {
        int[][][] found = new int[texts.Count][][];
        using var pause = CollectionPause.Begin();
        foreach (int[] batch in LengthBatches.Of(texts.Select(text => text.Length).ToArray(), null, BatchTokens))
        {
            cancellation.ThrowIfCancellationRequested();
            pause.BetweenSteps();
            using var inference = inference_mode();
            using var scope = NewDisposeScope();
            PaddedWindows padded = PaddedWindows.Make(Array.ConvertAll(batch, k => new EncodedText([texts[k]], texts[k].Length, 0)), _device);
            long width = padded.Ids.shape[1];
            long[] flat = [.. batch.SelectMany((k, row) => places[k].Select(place => row * width + place))];
            long[] ids = _module.Score(padded.Ids, padded.Mask, tensor(flat, device: _device))
                .topk(count).indexes.cpu().data<long>().ToArray(); // (places, count)
            int next = 0;
            foreach (int k in batch)
                found[k] = Array.ConvertAll(places[k], _ => Array.ConvertAll(ids[(next * count)..(++next * count)], id => (int)id));
        }
        return found;
    }

    public void Dispose() => _module.Dispose();
}
