using Retort.Baselines;
using Retort.Data;

namespace Retort.Assessment;

/// <summary>Places in the sorted lengths of texts.</summary>
/// <param name="Median">Half are no longer.</param>
/// <param name="P95">95 of 100 are no longer.</param>
/// <param name="P99">99 of 100 are no longer.</param>
/// <param name="Longest">None is longer.</param>
/// <param name="Mean">Of all.</param>
public sealed record Lengths(int Median, int P95, int P99, int Longest, double Mean)
{
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Lengths Of(IEnumerable<int> lengths)
    {
        int[] sorted = [.. lengths.Order()];
        if (sorted.Length == 0)
            throw new ArgumentException("there are no lengths");
        return new Lengths(At(0.5), At(0.95), At(0.99), sorted[^1], sorted.Average());

        int At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}

/// <summary>A text whose label may be wrong.</summary>
/// <param name="Text">Its beginning.</param>
/// <param name="Label">What it is labelled.</param>
/// <param name="Likely">What the linear model says.</param>
/// <param name="Probability">How sure it is.</param>
public sealed record DoubtfulText(string Text, string Label, string Likely, double Probability);

/// <summary>What the data are like. What needs labels is null without them.</summary>
public sealed record DataFacts
{
    private const int Examples = 5;

    public required int Train { get; init; }

    public required int Dev { get; init; }

    public required int Test { get; init; }

    public required int Classes { get; init; }

    /// <summary>The largest class's texts over the smallest's; null without labels.</summary>
    public double? Imbalance { get; init; }

    /// <summary>Of train, in characters.</summary>
    public required Lengths Characters { get; init; }

    /// <summary>Of train, in the student's tokens; null where its tokenizer is not at hand.</summary>
    public Lengths? Tokens { get; init; }

    /// <summary>Texts of train with more tokens than student.max_length; null as above.</summary>
    public int? LongerThanStudent { get; init; }

    /// <summary>Texts of train with more tokens than teacher.max_length leaves room for; null as above.</summary>
    public int? LongerThanTeacher { get; init; }

    /// <summary>Rows of train that repeat an earlier one.</summary>
    public required int Duplicates { get; init; }

    /// <summary>Rows of dev and test that stand in train, and of test in dev.</summary>
    public required int Leaks { get; init; }

    /// <summary>Texts of train that stand with different labels.</summary>
    public required int Conflicts { get; init; }

    /// <summary>Accuracy of the linear model on texts of train that it has not learnt from; null where it does not apply.</summary>
    public double? CrossValidatedAccuracy { get; init; }

    /// <summary>Texts that were cross-validated.</summary>
    public int CrossValidatedTexts { get; init; }

    /// <summary>Of these the ones whose labels the linear model speaks against.</summary>
    public int Doubtful { get; init; }

    /// <summary>The surest of them.</summary>
    public IReadOnlyList<DoubtfulText> DoubtfulTexts { get; init; } = [];

    /// <summary>Counts what needs no model.</summary>
    public static DataFacts Of(DataSet data)
    {
        int[] classes = [.. data.Report.Parts[0].ClassCounts.Where(count => count > 0)];
        return new DataFacts
        {
            Train = data.Train.Count,
            Dev = data.Dev.Count,
            Test = data.Test.Count,
            Classes = data.Train.Labels.Count,
            Imbalance = classes.Length == 0 ? null : (double)classes.Max() / classes.Min(),
            Characters = Lengths.Of(data.Train.Samples.Select(sample => sample.Text.Length)),
            Duplicates = data.Report.DuplicatesInTrain.Normalized,
            Leaks = data.Report.Leaks.Sum(leak => leak.Normalized),
            Conflicts = data.Report.Conflicts.Texts,
        };
    }

    /// <summary>The same with what the linear model says of train.</summary>
    public DataFacts With(CrossValidated found, Corpus train) => this with
    {
        CrossValidatedAccuracy = found.Accuracy,
        CrossValidatedTexts = found.Rows.Count,
        Doubtful = found.Doubtful.Count,
        DoubtfulTexts = [.. found.Doubtful.DistinctBy(doubt => train.Samples[doubt.Row].Text).Take(Examples).Select(doubt => new DoubtfulText(Excerpt.Of(train.Samples[doubt.Row].Text), train.Labels[doubt.Label], train.Labels[doubt.Likely], doubt.Probability))],
    };

    /// <summary>The same with the lengths of train in tokens.</summary>
    /// <param name="tokens">Of each text, uncut.</param>
    /// <param name="student">student.max_length.</param>
    /// <param name="teacher">teacher.max_length.</param>
    public DataFacts With(int[] tokens, int student, int teacher) => this with
    {
        Tokens = Lengths.Of(tokens),
        LongerThanStudent = tokens.Count(count => count > student),
        LongerThanTeacher = tokens.Count(count => count > teacher - 2),
    };
}
