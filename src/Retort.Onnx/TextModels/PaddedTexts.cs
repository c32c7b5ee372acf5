using Microsoft.ML.OnnxRuntime;

namespace Retort.Onnx.TextModels;

/// <summary>Some texts as one batch of a model's inputs.</summary>
internal sealed class PaddedTexts
{
    private readonly long[] _ids, _mask, _positions;
    private readonly long[] _shape;

    /// <param name="texts">Token ids, at least one text.</param>
    /// <param name="inputs">Whose fixed sizes are padded to.</param>
    /// <param name="padding">The id of padding.</param>
    public PaddedTexts(IReadOnlyList<int[]> texts, ModelInputs inputs, int padding)
    {
        Width = inputs.Length > 0 ? inputs.Length : texts.Max(text => text.Length);
        int rows = inputs.Batch > 0 ? inputs.Batch : texts.Count;
        _shape = [rows, Width];
        _ids = new long[rows * Width];
        _mask = new long[_ids.Length];
        _positions = new long[_ids.Length];
        Array.Fill(_ids, padding);
        for (int row = 0; row < rows; row++)
        {
            // What fills up a fixed batch: a row without a token would be NaN in many models.
            int[] text = texts[row < texts.Count ? row : 0];
            for (int k = 0; k < text.Length; k++)
                _ids[row * Width + k] = text[k];
            _mask.AsSpan(row * Width, text.Length).Fill(1);
            for (int k = 0; k < Width; k++)
                _positions[row * Width + k] = k;
        }
    }

    /// <summary>Tokens a row, padding included.</summary>
    public int Width { get; }

    /// <summary>What an input is given; the caller disposes of it.</summary>
    public OrtValue ValueOf(ModelInput input)
    {
        long[] values = input.Role switch
        {
            InputRole.Ids => _ids,
            InputRole.Mask => _mask,
            InputRole.Positions => _positions,
            _ => new long[_ids.Length],
        };
        return input.Wide
            ? OrtValue.CreateTensorValueFromMemory(values, _shape)
            : OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, value => (int)value), _shape);
    }
}
