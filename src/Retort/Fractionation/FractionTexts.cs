using Retort.Data;
using Retort.Fractionation.Scores;
using Retort.Metrics;

namespace Retort.Fractionation;

/// <summary>What is known of a transfer set before the student learns from it.</summary>
public sealed class FractionTexts
{
    private const int Block = 1 << 16;

    private FractionTexts(TaskKind kind, IReadOnlyList<string> names, ILogitRows teacher, int[] classes, IReadOnlyDictionary<Score, double[]> scores)
    {
        (Kind, Names, Teacher, Classes, Scores) = (kind, names, teacher, classes, scores);
        ClassCounts = new int[names.Count];
        foreach (int k in classes)
            ClassCounts[k]++;
    }

    public TaskKind Kind { get; }

    /// <summary>(classes)</summary>
    public IReadOnlyList<string> Names { get; }

    public int Count => Teacher.Count;

    /// <summary>The teacher's logits.</summary>
    public ILogitRows Teacher { get; }

    /// <summary>(texts) The label, or where there is none the teacher's class; empty where a text has several, or the teacher has not been asked.</summary>
    public int[] Classes { get; }

    /// <summary>(classes) Texts of each.</summary>
    public int[] ClassCounts { get; }

    /// <summary>(texts) of each score that does not depend on the student.</summary>
    public IReadOnlyDictionary<Score, double[]> Scores { get; }

    /// <summary>Scores a transfer set.</summary>
    /// <param name="options">Which scores.</param>
    /// <param name="labelled">Its labelled texts, which come first.</param>
    /// <param name="teacher">(texts × classes) The teacher's logits of all.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="Runs.UsageException">An option does not go with several labels a text.</exception>
    public static FractionTexts Of(FractionationOptions options, Corpus labelled, ILogitRows teacher, CancellationToken cancellation = default)
    {
        bool several = labelled.Kind == TaskKind.MultiLabel;
        if (several)
            RequireForSeveral(options);
        // The teacher is not asked yet: only labels tell classes, if all texts have some.
        if (options.SavesCalls)
        {
            return new FractionTexts(labelled.Kind, [.. labelled.Labels.Names], teacher,
                several || teacher.Count > labelled.Count ? [] : labelled.ClassIndices(), new Dictionary<Score, double[]>());
        }
        Score[] ofTeacher = [.. options.Scores.Where(score => !score.IsOfStudent() && score != Score.Random)];
        var scores = ofTeacher.ToDictionary(score => score, _ => new double[teacher.Count]);
        int[] labels = several ? [] : labelled.ClassIndices();
        int[] classes = several ? [] : new int[teacher.Count];
        for (int start = 0; start < teacher.Count; start += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            LogitTable block = teacher.Choose([.. Enumerable.Range(start, Math.Min(Block, teacher.Count - start))]);
            for (int k = 0; k < block.Count; k++)
            {
                foreach ((Score score, double[] values) in scores)
                    values[start + k] = TeacherScores.Of(score, labelled.Kind, block.Row(k));
                if (!several)
                    classes[start + k] = start + k < labelled.Count && !labelled.LabelledByTeacher ? labels[start + k] : block.ArgMax(k);
            }
        }
        return new FractionTexts(labelled.Kind, [.. labelled.Labels.Names], teacher, classes, scores);
    }

    private static void RequireForSeveral(FractionationOptions options)
    {
        string? key = options.ClassQuota != ClassQuota.None ? "class_quota"
            : options.ClassBalance != ClassBalance.None ? "class_balance"
            : options.LogitAdjustment != 0 ? "logit_adjustment"
            : options.Scores.Contains(Score.Variability) || options.Scores.Contains(Score.Forgetting) ? "scores" : null;
        if (key is not null)
        {
            throw new Runs.UsageException($"fractionation.{key} goes by the one class of a text, and the task is multi-label: expected entropy, margin, least_confidence, divergence or random alone")
            { Key = $"fractionation.{key}" };
        }
    }
}
