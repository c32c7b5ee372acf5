using Retort.Data;
using Retort.Distillation.Alignment;
using Retort.Fractionation;
using Retort.Metrics;

namespace Retort.Distillation;

/// <summary>What a student learns from.</summary>
public sealed class TransferSet
{
    /// <param name="labelled">Texts with labels.</param>
    /// <param name="unlabelled">Texts without; only a teacher makes use of them.</param>
    /// <param name="teacher">The teacher's logits on the labelled texts and then on the unlabelled ones; null: no teacher.</param>
    /// <exception cref="ArgumentException">The logits are not those of the texts.</exception>
    public TransferSet(Corpus labelled, IReadOnlyList<string> unlabelled, ILogitRows? teacher)
    {
        Labelled = labelled;
        Teacher = teacher;
        string[] texts = labelled.Texts();
        Texts = teacher is null ? texts : new JoinedTexts(texts, unlabelled);
        if (teacher is not null && (teacher.Count != Texts.Count || teacher.Classes != labelled.Labels.Count))
        {
            throw new ArgumentException($"the teacher's logits are ({teacher.Count}, {teacher.Classes}): "
                + $"expected ({Texts.Count}, {labelled.Labels.Count})");
        }
    }

    /// <summary>The same texts, of which some are chosen.</summary>
    public TransferSet(TransferSet all, FractionInput? fractions) =>
        (Labelled, Texts, Teacher, Hidden, Tokens, Fractions) = (all.Labelled, all.Texts, all.Teacher, all.Hidden, all.Tokens, fractions);

    public Corpus Labelled { get; }

    /// <summary>Every text: the labelled ones first.</summary>
    public IReadOnlyList<string> Texts { get; }

    public ILogitRows? Teacher { get; }

    /// <summary>The teacher's pooled states that the student's features are aligned with; null: none are.</summary>
    public HiddenInput? Hidden { get; init; }

    /// <summary>The teacher's states and attention of the tokens that the student's feature map is held to; null: it is not.</summary>
    public TokenInput? Tokens { get; init; }

    /// <summary>Which of the texts are learnt from, how often and when; null: each once an epoch.</summary>
    public FractionInput? Fractions { get; }
}
