using static TorchSharp.torch;

namespace Retort.Teachers.Encoders;

/// <summary>Keeps the states and the scores of attention of some layers while a text passes through. 0 stands for the embeddings.</summary>
/// <param name="states">Layers whose states are kept, 0 to the last.</param>
/// <param name="scores">Layers whose scores are kept, 1 to the last.</param>
internal sealed class LayerProbe(IReadOnlyCollection<int> states, IReadOnlyCollection<int> scores)
{
    private readonly Dictionary<int, Tensor> _states = [], _scores = [];

    /// <summary>(windows, tokens, hidden) In the dispose scope of the caller of the teacher.</summary>
    public Tensor States(int layer) => _states[layer];

    /// <summary>(windows, heads, tokens, tokens) Before mask and softmax, query by key.</summary>
    public Tensor Scores(int layer) => _scores[layer];

    public bool WantsScores(int layer) => scores.Contains(layer);

    public void See(int layer, Tensor seen)
    {
        if (states.Contains(layer))
            _states[layer] = seen.alias().MoveToOuterDisposeScope();
    }

    public void SeeScores(int layer, Tensor seen) => _scores[layer] = seen.MoveToOuterDisposeScope();
}
