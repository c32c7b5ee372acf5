using Retort.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>The term that teaches a head on the student's feature map to attend as the teacher does.</summary>
internal sealed class AttentionTransfer : IAlignmentTerm
{
    /// <summary>A score of what is left out; finite, so that no gradient is 0 · ∞.</summary>
    private const double Never = -1e9;

    /// <summary>A row with less on tokens that the student has read says nothing of these.</summary>
    private const double LeastMass = 1e-3;

    /// <summary>Keeps 0 from a logarithm.</summary>
    private const double Tiny = 1e-12;

    private readonly TokenTerms _tokens;
    private readonly AttentionOptions _options;
    private readonly Device _device;
    private readonly AttentionHead _head;

    /// <param name="tokens">The attention; with options for it.</param>
    /// <param name="features">Width of the student's feature map.</param>
    /// <param name="device">Where to compute.</param>
    public AttentionTransfer(TokenTerms tokens, int features, Device device)
    {
        (_tokens, _options, _device) = (tokens, tokens.Input.Attention!, device);
        _head = new AttentionHead(features, tokens.Input.Shape.Maps, _options.Width);
        _head.to(device);
    }

    public string Name => "attention";

    public nn.Module Heads => _head;

    public double LearningRate => _options.LearningRate;

    public void Observe(Tensor task, StudentFeatures features)
    {
    }

    public Tensor? Loss(StudentFeatures features, int[] batch)
    {
        using var scope = NewDisposeScope();
        int length = (int)features.Map.shape[1];
        (float[] targets, float[] known) = Targets(batch, length);
        if (!known.AsSpan().Contains(1))
            return null;
        Tensor target = tensor(targets, [batch.Length, _tokens.Input.Shape.Maps, length, length], device: _device);
        Tensor row = tensor(known, [batch.Length, 1, length, 1], device: _device), column = row.transpose(2, 3);
        return Loss(_head.call(features.Map), target, row, column).MoveToOuterDisposeScope();
    }

    public bool HasCollapsed(int[] batch) => false;

    public void Dispose() => _head.Dispose();

    /// <param name="scores">(batch, maps, length, length)</param>
    /// <param name="target">Of the same shape, 0 where one of the two tokens is not known.</param>
    /// <param name="row">(batch, 1, length, 1) 1 for a token that the teacher has read.</param>
    /// <param name="column">(batch, 1, 1, length) The same.</param>
    private Tensor Loss(Tensor scores, Tensor target, Tensor row, Tensor column)
    {
        if (_options.Loss == AttentionLoss.MseLogits)
        {
            Tensor pairs = row * column;
            return ((scores - target).square() * pairs).sum() / (pairs.sum() * target.shape[1]);
        }
        // What falls on tokens that the student has not read is left out, and so is who attends to hardly any other.
        Tensor mass = target.sum(3, keepdim: true); // (batch, maps, length, 1)
        Tensor counted = row * mass.ge(LeastMass);
        Tensor attended = target / mass.clamp_min(LeastMass);
        Tensor log = nn.functional.log_softmax(scores.masked_fill(column.eq(0), Never), 3);
        Tensor rows = _options.Loss == AttentionLoss.Mse ? (log.exp() - attended).square() : attended * (attended.clamp_min(Tiny).log() - log);
        return (rows * column * counted).sum() / counted.sum().clamp_min(1);
    }

    private (float[] Targets, float[] Known) Targets(int[] batch, int length)
    {
        int maps = _tokens.Input.Shape.Maps;
        if ((long)batch.Length * maps * length * length > Array.MaxLength)
        {
            throw new RetortException($"the attention of {batch.Length} texts of {length} tokens in {maps} maps is more than memory holds at once: expected fewer attention.layers or attention.heads, "
                + "a smaller distillation.batch_size or student.max_length");
        }
        float[] targets = new float[batch.Length * maps * length * length], known = new float[batch.Length * length];
        (TeacherTokens Teacher, TokenMatch Match)[] read = _tokens.Of(batch);
        for (int k = 0; k < read.Length; k++)
        {
            (TeacherTokens teacher, TokenMatch match) = read[k];
            int count = match.OfStudent.Length;
            for (int s = 0; s < count; s++)
                known[k * length + s] = match.OfStudent[s] > 0 ? 1 : 0;
            for (int map = 0; map < maps; map++)
            {
                float[] own = new float[count * count];
                if (_options.Loss == AttentionLoss.MseLogits)
                    match.Score(t => teacher.Signal.Attention(map, t), own);
                else
                    match.Attend(t => teacher.Signal.Attention(map, t), own);
                for (int s = 0; s < count; s++)
                    own.AsSpan(s * count, count).CopyTo(targets.AsSpan(((k * maps + map) * length + s) * length));
            }
        }
        return (targets, known);
    }

    /// <summary>Scaled dot products of a query and a key of each position, map by map.</summary>
    private sealed class AttentionHead : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _query, _key;
        private readonly int _maps, _width;

        public AttentionHead(int features, int maps, int width) : base(nameof(AttentionHead))
        {
            (_maps, _width) = (maps, width);
            register_module("query", _query = nn.Linear(features, maps * width));
            register_module("key", _key = nn.Linear(features, maps * width));
        }

        /// <summary>(batch, length, features) → (batch, maps, length, length)</summary>
        public override Tensor forward(Tensor map)
        {
            using var scope = NewDisposeScope();
            return (Split(_query.call(map)).matmul(Split(_key.call(map)).transpose(2, 3)) / Math.Sqrt(_width)).MoveToOuterDisposeScope();
        }

        private Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], _maps, _width).transpose(1, 2); // (batch, maps, length, width)
    }
}
