using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>The term that draws a student's feature map to the teacher's states of the tokens that stand over the same characters.</summary>
internal sealed class TokenAlignment : IAlignmentTerm
{
    private readonly TokenTerms _tokens;
    private readonly HiddenOptions _options;
    private readonly Device _device;
    private readonly StateAlignment _alignment;

    /// <param name="tokens">The states; with options for them.</param>
    /// <param name="features">Width of the student's feature map.</param>
    /// <param name="device">Where to compute.</param>
    public TokenAlignment(TokenTerms tokens, int features, Device device)
    {
        tokens.Input.RequireWidth(features);
        (_tokens, _options, _device) = (tokens, tokens.Input.Hidden!, device);
        _alignment = new StateAlignment(_options, features, tokens.Input.Shape.Hidden);
        _alignment.to(device);
    }

    public string Name => "token_hidden";

    public nn.Module Heads => _alignment;

    public double LearningRate => _options.LearningRate;

    public void Observe(Tensor task, StudentFeatures features) => _alignment.Observe(task, features.Map);

    public Tensor? Loss(StudentFeatures features, int[] batch)
    {
        using var scope = NewDisposeScope();
        (Tensor? states, long[] places) = States(batch, (int)features.Map.shape[1]);
        return states is null ? null
            : _alignment.Loss(features.Map.flatten(0, 1).index_select(0, tensor(places, device: _device)), states).MoveToOuterDisposeScope();
    }

    public bool HasCollapsed(int[] batch)
    {
        using var scope = NewDisposeScope();
        return _alignment.CanCollapse && States(batch, 0).States is { } states && _alignment.HasCollapsed(states);
    }

    public void Dispose() => _alignment.Dispose();

    /// <summary>(positions, layers, width) Of all positions that the teacher has read, and where they stand in a map of so many positions a text.</summary>
    private (Tensor? States, long[] Places) States(int[] batch, int length)
    {
        int layers = _tokens.Input.Shape.Layers, width = _tokens.Input.Shape.Hidden;
        (TeacherTokens Teacher, TokenMatch Match)[] read = _tokens.Of(batch);
        int count = read.Sum(text => text.Match.OfStudent.Count(shared => shared > 0));
        if (count == 0)
            return (null, []);
        float[] values = new float[count * layers * width];
        long[] places = new long[count];
        int next = 0;
        for (int k = 0; k < read.Length; k++)
        {
            (TeacherTokens teacher, TokenMatch match) = read[k];
            int[] rows = new int[match.OfStudent.Length];
            for (int s = 0; s < rows.Length; s++)
            {
                if (match.OfStudent[s] == 0)
                    continue;
                places[next] = (long)k * length + s;
                rows[s] = next++;
            }
            for (int layer = 0; layer < layers; layer++)
                match.Average(t => teacher.Signal.State(layer, t), s => values.AsSpan((rows[s] * layers + layer) * width, width));
        }
        return (tensor(values, [count, layers, width], device: _device), places);
    }
}
