using Retort.Data;
using Retort.Fractionation.Scores;
using Retort.Metrics;

namespace Retort.Fractionation;

/// <summary>What is known of a transfer set before the student learns from it.</summary>
public sealed class FractionTexts
{
    private const int Block = 1 << 16;

    private FractionTexts(TaskKind kind, IReadOnlyList<string> names, int labelled, ILogitRows teacher, int[] classes, IReadOnlyDictionary<Score, double[]> scores,
        FractionGivens? givens)
    {
        (Kind, Names, Labelled, Teacher, Classes, Scores) = (kind, names, labelled, teacher, classes, scores);
        (Importance, Staying) = (givens?.Importance, givens?.Staying);
        ClassCounts = new int[names.Count];
        foreach (int k in classes)
            ClassCounts[k]++;
    }

    public TaskKind Kind { get; }

    /// <summary>(classes)</summary>
    public IReadOnlyList<string> Names { get; }

    public int Count => Teacher.Count;

    /// <summary>How many of the texts have a label; they come first.</summary>
    public int Labelled { get; }

    /// <summary>The teacher's logits.</summary>
    public ILogitRows Teacher { get; }

    /// <summary>(texts) The label, or where there is none the teacher's class; empty where a text has several, or the teacher has not been asked.</summary>
    public int[] Classes { get; }

    /// <summary>(classes) Texts of each.</summary>
    public int[] ClassCounts { get; }

    /// <summary>(texts) of each score that does not depend on the student.</summary>
    public IReadOnlyDictionary<Score, double[]> Scores { get; }

    /// <summary>(texts) How often each is to be seen, of mean 1; null: all alike.</summary>
    public double[]? Importance { get; }

    /// <summary>The texts that may be chosen, in ascending order; null: all.</summary>
    public int[]? Staying { get; }

    /// <summary>The labelled texts that may be chosen, in ascending order.</summary>
    internal IEnumerable<int> LabelledStaying => (Staying ?? Enumerable.Range(0, Labelled)).TakeWhile(row => row < Labelled);

    /// <summary>Scores a transfer set.</summary>
    /// <param name="options">Which scores.</param>
    /// <param name="labelled">Its labelled texts, which come first.</param>
    /// <param name="teacher">(texts × classes) The teacher's logits of all.</param>
    /// <param name="givens">What does not follow from the teacher's answers.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="Runs.UsageException">An option does not go with several labels a text.</exception>
    public static FractionTexts Of(FractionationOptions options, Corpus labelled, ILogitRows teacher, FractionGivens? givens = null,
        CancellationToken cancellation = default)
    {
        bool several = labelled.Kind == TaskKind.MultiLabel;
        if (several)
            RequireForSeveral(options);
        var scores = new Dictionary<Score, double[]>(givens?.Scores ?? new Dictionary<Score, double[]>());
        Dictionary<Score, double[]> answers = options.Scores.Where(score => score.IsOfAnswers()).ToDictionary(score => score, _ => new double[teacher.Count]);
        foreach ((Score score, double[] values) in answers)
            scores[score] = values;
        LogitTable? others = givens?.Answers;
        // The teacher is not asked yet: only labels tell classes, if all texts have some.
        if (options.SavesCalls)
        {
            for (int row = 0; row < others?.Count; row++)
                Rate(row, others.Row(row));
            return new FractionTexts(labelled.Kind, [.. labelled.Labels.Names], labelled.Count, teacher,
                several || teacher.Count > labelled.Count ? [] : labelled.ClassIndices(), scores, givens);
        }
        int[] labels = several ? [] : labelled.ClassIndices();
        int[] classes = several ? [] : new int[teacher.Count];
        for (int start = 0; start < teacher.Count; start += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            LogitTable block = teacher.Choose([.. Enumerable.Range(start, Math.Min(Block, teacher.Count - start))]);
            for (int k = 0; k < block.Count; k++)
            {
                Rate(start + k, start + k < others?.Count ? others.Row(start + k) : block.Row(k));
                if (!several)
                    classes[start + k] = start + k < labelled.Count && !labelled.LabelledByTeacher ? labels[start + k] : block.ArgMax(k);
            }
        }
        return new FractionTexts(labelled.Kind, [.. labelled.Labels.Names], labelled.Count, teacher, classes, scores, givens);

        void Rate(int row, ReadOnlySpan<float> said)
        {
            foreach ((Score score, double[] values) in answers)
                values[row] = TeacherScores.Of(score, labelled.Kind, said);
        }
    }

    private static void RequireForSeveral(FractionationOptions options)
    {
        string? key = options.ClassQuota != ClassQuota.None ? "class_quota"
            : options.ClassBalance != ClassBalance.None ? "class_balance"
            : options.LogitAdjustment != 0 ? "logit_adjustment"
            : options.Scores.Contains(Score.Variability) || options.Scores.Contains(Score.Forgetting) ? "scores" : null;
        if (key is not null)
        {
            throw new Runs.UsageException($"fractionation.{key} goes by the one class of a text, and the task is multi-label: expected no scores that go by classes, and no balance of classes")
            { Key = $"fractionation.{key}" };
        }
    }
}

/// <summary>What is found out of a transfer set in other ways than by the teacher's answers.</summary>
/// <param name="Scores">(texts) of each score.</param>
/// <param name="Importance">(texts) See <see cref="FractionTexts.Importance"/>.</param>
/// <param name="Staying">See <see cref="FractionTexts.Staying"/>.</param>
public sealed record FractionGivens(IReadOnlyDictionary<Score, double[]> Scores, double[]? Importance, int[]? Staying)
{
    /// <summary>(the first texts × classes) What another model than the teacher says of them, for scores to go by; of the texts after them, and where it is null, the teacher's answers are.</summary>
    public LogitTable? Answers { get; init; }
}
