using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>All terms that hold a student to what goes on within the teacher, with their weights. Owns them.</summary>
internal sealed class AlignmentTerms : IDisposable
{
    private readonly List<(IAlignmentTerm Term, double Weight)> _terms = [];

    public IReadOnlyList<(IAlignmentTerm Term, double Weight)> All => _terms;

    /// <summary>Those that the options ask for; none without a teacher.</summary>
    /// <param name="options">The weights.</param>
    /// <param name="transfer">What is aligned with.</param>
    /// <param name="student">Who is aligned.</param>
    /// <param name="seed">Seed of the projections.</param>
    public static AlignmentTerms Of(DistillationOptions options, TransferSet transfer, Student student, int seed)
    {
        var all = new AlignmentTerms();
        if (transfer.Teacher is null)
            return all;
        // Projections draw their weights from libtorch's generator.
        manual_seed(seed);
        if (options.HiddenWeight > 0)
        {
            HiddenInput states = transfer.Hidden ?? throw new ArgumentException("there are no pooled states to align with");
            all._terms.Add((new HiddenAlignment(states, student.Module.Shape.PooledWidth, student.Device), options.HiddenWeight));
        }
        if (options is { TokenHiddenWeight: 0, AttentionWeight: 0 })
            return all;
        var tokens = new TokenTerms(transfer.Tokens ?? throw new ArgumentException("there are no states of tokens to align with"), student.Encoder, transfer.Texts);
        int width = student.Module.Shape.MapWidth;
        if (options.TokenHiddenWeight > 0)
            all._terms.Add((new TokenAlignment(tokens, width, student.Device), options.TokenHiddenWeight));
        if (options.AttentionWeight > 0)
            all._terms.Add((new AttentionTransfer(tokens, width, student.Device), options.AttentionWeight));
        return all;
    }

    public void Dispose() => _terms.ForEach(entry => entry.Term.Dispose());
}
