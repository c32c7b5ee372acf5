using Retort.Compression;
using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;

namespace Retort.Tests.Compression;

/// <summary>
/// What the gates let pass, on a student each of whose letters is lost with a token, a column or a filter of its own; speed is no
/// gate here, so that what is refused does not depend on the machine.
/// </summary>
public sealed class CompressorTests : IDisposable
{
    private static readonly CompressionOptions Off = new()
    {
        MaxLoss = 2,
        MinAgreement = 0,
        MinSpeedup = 0,
        QuantizationAware = QuantizationAware.Never,
        NgramPruning = 0,
        VocabularyPruning = 0,
        WidthPruning = 0,
        Pruning = 0,
        Epochs = 0,
    };

    // a most often, t least.
    private static readonly string[] Texts = [.. Enumerable.Range(0, MadeFolded.KnownLetters).SelectMany(k => Enumerable.Repeat(Letter(k), 2 * MadeFolded.KnownLetters - k))];

    private static readonly string[] Each = [.. Enumerable.Range(0, MadeFolded.KnownLetters).Select(Letter)];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    // Of the letters whose tokens go one stays known: what is unknown is taken for it.
    [InlineData(2, "20 tokens", "loses 30 points on dev, more than 2", "", "loses 15 points on dev, more than 2", "loses 5 points on dev, more than 2")]
    [InlineData(6, "19 tokens", "loses 30 points on dev, more than 6", "", "loses 15 points on dev, more than 6", "")]
    public void The_largest_dose_is_taken_that_costs_no_more_than_may_be_lost(double loss, string taken, params string[] refusals)
    {
        CompressionTrial[] trials = Steps(Run(MadeFolded.Letters(), Off with { MaxLoss = loss, VocabularyPruning = 0.5 }), "vocabulary");
        Assert.Equal(["14 tokens", "20 tokens", "17 tokens", "19 tokens"], trials.Select(trial => trial.Detail));
        Assert.Equal(refusals, trials.Select(trial => trial.Refusal));
        Assert.Equal([taken], trials.Where(trial => trial.IsTaken).Select(trial => trial.Detail));
    }

    [Fact]
    public void The_front_is_what_nothing_as_small_has_the_accuracy_of()
    {
        CompressionTrial whole = new("uncompressed", "", 100, 0.9, 1, 1, ""), worse = new("a", "", 60, 0.8, 1, 1, ""), better = new("b", "", 60, 0.85, 1, 1, ""),
            best = new("c", "", 50, 0.85, 1, 1, ""), smallest = new("d", "", 10, 0.5, 1, 1, "loses too much"), equal = smallest with { Detail = "again" };
        var result = new CompressionResult([whole, worse, better, best, smallest, equal]);
        Assert.Equal(new[] { whole, best, smallest, equal }, result.Trials.Where(result.IsOnFront));
        Assert.Contains("uncompressed *", result.ToTable().ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain("a *", result.ToTable().ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_dev_does_not_see_texts_without_labels_do()
    {
        CompressionOptions options = Off with { MaxLoss = 0, MinAgreement = 0.97, VocabularyPruning = 0.5 };
        CompressionTrial[] trials = Steps(Run(MadeFolded.Letters(), options, dev: Each[..5]), "vocabulary");
        Assert.All(trials, trial => Assert.Equal(1, trial.DevAccuracy));
        Assert.Equal(["agrees on 0.7, less than 0.97", "", "agrees on 0.85, less than 0.97", "agrees on 0.95, less than 0.97"], trials.Select(trial => trial.Refusal));
        Assert.Equal("20 tokens", Assert.Single(trials, trial => trial.IsTaken).Detail);
    }

    [Fact]
    public void A_step_that_is_neither_smaller_nor_faster_is_refused()
    {
        StudentShape shape = MadeFolded.Letters().Shape;
        FoldedStudent large = MadeFolded.Student(shape with { Filters = 600 });
        CompressionResult result = Run(MadeFolded.Letters(), Off with { MaxLoss = 100, Pruning = 0.5, Rounds = 2, Epochs = 2 }, (_, _, _) => large);
        CompressionTrial[] trials = Steps(result, "filters");
        Assert.Equal(["−50 % in 2 rounds", "−25 % in 2 rounds", "−12 % in 2 rounds", "−6 % in 2 rounds"], trials.Select(trial => trial.Detail));
        Assert.All(trials, trial => Assert.Equal("neither smaller nor faster", trial.Refusal));
        Assert.Equal("int8", result.Kept.Detail);
        // Without gates it is what was asked for.
        result = Run(MadeFolded.Letters(), Off with { Gates = false, Pruning = 0.5, Rounds = 2, Epochs = 2 }, (_, _, _) => large);
        Assert.Equal(("filters", ""), (result.Kept.Step, result.Kept.Refusal));
    }

    [Fact]
    public void Columns_that_the_tables_have_no_use_for_go_where_no_others_may()
    {
        CompressionTrial[] trials = Steps(Run(MadeFolded.Letters(), Off with { WidthPruning = 0.9 }), "width");
        Assert.Equal(["2 wide", "11 wide", "16 wide", "18 wide", "20 wide"], trials.Select(trial => trial.Detail));
        Assert.Equal("20 wide", Assert.Single(trials, trial => trial.Refusal.Length == 0).Detail);
        Assert.True(trials[^1].IsTaken);
        // Not asked for, or there are none.
        Assert.Empty(Steps(Run(MadeFolded.Letters(), Off), "width"));
        Assert.Equal(["2 wide", "11 wide", "16 wide", "18 wide"], Steps(Run(MadeFolded.Letters(MadeFolded.KnownLetters), Off with { WidthPruning = 0.9 }), "width").Select(trial => trial.Detail));
    }

    [Fact]
    public void Every_later_step_goes_on_from_narrow_embeddings()
    {
        FoldedStudent original = MadeFolded.Student(MadeFolded.Small);
        CompressionOptions options = Off with { Gates = false, WidthPruning = 0.5, VocabularyPruning = 0.25, NgramPruning = 0.5, Pruning = 0.25 };
        (FoldedStudent student, CompressionResult result) = Compressed(original, options, null, MadeFolded.Texts, MadeFolded.Texts);
        Assert.Equal(["uncompressed", "bits", "ngrams", "width", "vocabulary", "ngrams", "filters"], result.Trials.Select(trial => trial.Step));
        Assert.Equal((4, 20, 32, 10), (student.Shape.EmbeddingWidth, student.Shape.VocabularySize, student.Shape.NgramRowCount, student.Shape.MapWidth));
        // Fitted to what the original says: chance agrees on a third.
        Assert.InRange(result.Kept.Agreement, 0.6, 1);
    }

    [Fact]
    public void Where_8_bits_do_not_pass_16_do()
    {
        CompressionResult result = Run(Coarse(Each[1..]), Off);
        Assert.Equal([("int8", "loses 95 points on dev, more than 2"), ("f16", "")], Steps(result, "bits").Select(trial => (trial.Detail, trial.Refusal)));
        Assert.Equal("f16", result.Kept.Detail);
    }

    [Fact]
    public void Where_8_bits_do_not_pass_they_may_once_rounding_was_trained_with()
    {
        CompressionOptions options = Off with { QuantizationAware = QuantizationAware.Auto, Epochs = 1 };
        CompressionResult result = Run(Coarse(Each[1..]), options, Mended);
        Assert.Equal(["int8", "int8, trained with rounding"], Steps(result, "bits").Select(trial => trial.Detail));
        Assert.Equal("int8, trained with rounding", result.Kept.Detail);
        Assert.Equal(["int8", "int8, trained with rounding", "f16"], Steps(Run(Coarse(Each[1..]), options), "bits").Select(trial => trial.Detail));
    }

    [Theory]
    // Of 2,000 texts one is 0.05 points, three are 0.15.
    [InlineData(1, QuantizationAware.Auto, "int8")]
    [InlineData(3, QuantizationAware.Auto, "int8, trained with rounding")]
    [InlineData(3, QuantizationAware.Never, "int8")]
    [InlineData(1, QuantizationAware.Always, "int8, trained with rounding")]
    public void Rounding_is_trained_with_where_it_costs_more_than_a_tenth_of_a_point(int lost, QuantizationAware when, string kept)
    {
        string[] dev = [.. Enumerable.Range(0, 2000).Select(k => k < lost ? "t" : Letter(k % 19))];
        Assert.Equal(kept, Run(Coarse("t"), Off with { QuantizationAware = when, Epochs = 1 }, Mended, dev).Kept.Detail);
    }

    [Fact]
    public void A_training_with_rounding_that_is_no_better_is_not_taken()
    {
        CompressionResult result = Run(Coarse("t"), Off with { MaxLoss = 10, QuantizationAware = QuantizationAware.Auto, Epochs = 1 });
        Assert.Equal([true, false], Steps(result, "bits").Select(trial => trial.IsTaken));
        Assert.Equal(["", ""], Steps(result, "bits").Select(trial => trial.Refusal));
    }

    [Fact]
    public void A_dose_that_would_leave_a_window_without_filters_is_passed_over_and_a_smaller_one_is_tried()
    {
        CompressionResult result = Run(MadeFolded.Letters(), Off with { MaxLoss = 100, Pruning = 0.99 });
        Assert.Contains(_messages, message => message.StartsWith("a pruning rate of 0.99 (compression.pruning): of 20 filters the first window would have none left", StringComparison.Ordinal));
        Assert.Equal(["−49 %, fitted", "−74 %, fitted", "−87 %, fitted"], Steps(result, "filters").Select(trial => trial.Detail));
        Assert.Equal("−87 %, fitted", result.Kept.Detail);
        Assert.Equal("compression.pruning", Assert.Throws<UsageException>(() => Run(MadeFolded.Letters(), Off with { Gates = false, Pruning = 0.99 })).Key);
    }

    private static FoldedStudent Mended(FoldedStudent student, int epochs, IReadOnlyDictionary<string, float[]>? rounding)
    {
        Assert.Equal((1, true), (epochs, rounding is not null));
        return MadeFolded.Letters();
    }

    /// <summary>Of some letters it loses all in 8 bits: a column that no filter reads is so large that steps are larger than what they are known by.</summary>
    private static FoldedStudent Coarse(params string[] letters)
    {
        FoldedStudent student = MadeFolded.Letters();
        float[] rows = [.. student[StudentShape.EmbeddingWeight]];
        foreach (string letter in letters)
            rows[(1 + letter[0] - 'a') * student.Shape.EmbeddingWidth + MadeFolded.KnownLetters] = 500;
        return student.With(student.Shape, (StudentShape.EmbeddingWeight, rows));
    }

    private static string Letter(int k) => $"{(char)('a' + k)}";

    private static CompressionTrial[] Steps(CompressionResult result, string step) => [.. result.Trials.Where(trial => trial.Step == step)];

    private CompressionResult Run(FoldedStudent student, CompressionOptions options, Tune? tune = null, string[]? dev = null) =>
        Compressed(student, options, tune, dev ?? Each, Texts).Result;

    /// <summary>A student with what it says of dev as its labels.</summary>
    private (FoldedStudent Student, CompressionResult Result) Compressed(FoldedStudent student, CompressionOptions options, Tune? tune, string[] dev, string[] texts)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string folder = _folder["original"];
        student.Save(folder);
        using var classifier = StudentClassifier.Load(folder);
        int[] answers = classifier.Logits(dev, 1, cancellation).ArgMaxes();
        var labelled = new Corpus("made", TaskKind.SingleLabel, student.Labels, [.. dev.Zip(answers, (text, answer) => new Sample(text, answer))]);
        using var judge = new CompressionJudge(options, folder, labelled, null, texts == Texts ? Each : texts, _folder["scratch"], 1, cancellation);
        return Compressor.Run(options, student, texts, judge, tune ?? ((one, _, _) => one), new Watcher(report => _messages.Add(report.Message ?? "")), cancellation);
    }
}
