using Retort.Data;
using Retort.Evaluation;
using Retort.Runtime.Model;
using Retort.Students;

namespace Retort.Reports;

/// <summary>One model that a card compares.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Test">Its scores on test.</param>
/// <param name="Bytes">Size on disk; null where it is not known.</param>
/// <param name="Latency">From raw text on one thread; null where it was not timed.</param>
public sealed record CardModel(Role Role, EvaluationResult Test, long? Bytes, Latency? Latency)
{
    /// <summary>The seed of the model that was timed in its place; null: it was itself, or none was.</summary>
    public int? TimedSeed { get; init; }
}

/// <summary>Where a teacher comes from.</summary>
/// <param name="Name">As the recipe names it.</param>
/// <param name="Licence">As its own card names it, such as <c>apache-2.0</c>; null: not known.</param>
public sealed record CardTeacher(string Name, string? Licence);

/// <summary>How well texts fit a student's input.</summary>
/// <param name="Texts">Looked at.</param>
/// <param name="Cut">Share that is longer than the student reads.</param>
/// <param name="Unknown">Share of the tokens that its vocabulary does not hold.</param>
public sealed record TextFit(int Texts, double Cut, double Unknown)
{
    internal static TextFit Of(FoldedStudent student, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        // One token more than it reads tells whether a text is cut.
        int[][] encoded = (student.Encoder() with { MaxLength = student.MaxLength + 1 }).EncodeAll(texts, cancellation);
        long tokens = encoded.Sum(ids => (long)Math.Min(ids.Length, student.MaxLength));
        if (!student.Vocabulary.TryGetId(student.Tokenizer.UnknownToken, out int none))
            throw new InvalidOperationException("a student's vocabulary holds a token for what it does not hold");
        long unknown = encoded.Sum(ids => (long)ids.Take(student.MaxLength).Count(id => id == none));
        return new TextFit(texts.Count, encoded.Count(ids => ids.Length > student.MaxLength) / (double)texts.Count, tokens == 0 ? 0 : unknown / (double)tokens);
    }
}

/// <summary>All that a student's card says.</summary>
public sealed record CardFacts
{
    /// <summary>The run's name.</summary>
    public required string Name { get; init; }

    /// <summary>The student's seed.</summary>
    public required int Seed { get; init; }

    public required DataReport Data { get; init; }

    public required TaskKind Kind { get; init; }

    /// <summary>Of the rows of train, dev and test: see <see cref="Corpus"/>.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Texts that the student learnt from, those without a label included.</summary>
    public required int LearntFrom { get; init; }

    /// <summary>Whether some of them were learnt by their labels alone.</summary>
    public bool LearntByLabels { get; init; }

    public required IReadOnlyList<CardTeacher> Teachers { get; init; }

    /// <summary>The student first, then what it is compared with.</summary>
    public required IReadOnlyList<CardModel> Models { get; init; }

    /// <summary>Of test.</summary>
    public required TextFit Fit { get; init; }

    public required StudentShape Shape { get; init; }

    /// <summary>Tokens that it reads of a text.</summary>
    public required int MaxLength { get; init; }

    public required int Vocabulary { get; init; }

    /// <summary>The machine that it was timed on.</summary>
    public required string Cpu { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Date { get; init; }
}
