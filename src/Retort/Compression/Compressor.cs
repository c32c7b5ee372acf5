using Retort.Metrics;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>Trains a student on from where it is.</summary>
/// <param name="student">In single precision.</param>
/// <param name="epochs">Passes over the transfer set.</param>
/// <param name="rounding">The scales of the tables to train with the runtime's rounding; null: without.</param>
internal delegate FoldedStudent Tune(FoldedStudent student, int epochs, IReadOnlyDictionary<string, float[]>? rounding);

/// <summary>
/// Makes a student smaller, step after step: fewer bits, columns, tokens, n-grams and filters, each taken as far as the gates
/// let it pass, from the student that the steps before it came to. What is judged is always what would be shipped.
/// </summary>
internal sealed class Compressor
{
    private const string Stage = "compress";

    /// <summary>How finely a step is dosed.</summary>
    private const int Doses = 8;

    /// <summary>Texts that the last layer is fitted to, that filters are weighed on, and that tokens are counted in.</summary>
    private const int FittedTexts = 20_000, CountedTexts = 200_000;

    /// <summary>Share of the texts' tokens that a student may not know.</summary>
    private const double MostUnknown = 0.5;

    /// <summary>Points on dev that rounding may cost before it is trained with.</summary>
    private const double RoundingLoss = 0.1;

    private readonly CompressionOptions _options;
    private readonly FoldedStudent _original;
    private readonly IReadOnlyList<string> _texts, _fitted;
    private readonly Lazy<double[]> _outputs;
    private readonly Lazy<LogitTable> _answers;
    private readonly CompressionJudge _judge;
    private readonly Tune _tune;
    private readonly IProgress<StageProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly List<CompressionTrial> _trials;

    private (Vocabulary Vocabulary, TokenUse Use)? _counted;
    private State _state;
    private StoredPrecision _precision;

    private Compressor(CompressionOptions options, FoldedStudent original, IReadOnlyList<string> texts, CompressionJudge judge, Tune tune,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        (_options, _original, _judge, _tune, _progress, _cancellation) = (options, original, judge, tune, progress, cancellation);
        _texts = Some(texts, CountedTexts);
        _fitted = Some(texts, FittedTexts);
        _outputs = new(() => Reconstruction.Outputs(original, Fitted(original.Encoder())));
        _answers = new(Answers);
        _trials = [judge.Original];
        _state = new State(original, original, 0);
        _precision = options.Precision;
    }

    /// <summary>Compresses a student.</summary>
    /// <param name="options">How far.</param>
    /// <param name="original">The student.</param>
    /// <param name="texts">The transfer set.</param>
    /// <param name="judge">Holds each trial against the original.</param>
    /// <param name="tune">Trains where options say so.</param>
    /// <param name="progress">Told of every trial.</param>
    /// <param name="cancellation">Stops between trials.</param>
    /// <exception cref="RetortException">The student is compressed already.</exception>
    public static (FoldedStudent Student, CompressionResult Result) Run(CompressionOptions options, FoldedStudent original, IReadOnlyList<string> texts,
        CompressionJudge judge, Tune tune, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        if (original.IsNarrow)
            throw new RetortException("the student's weights are stored in fewer than 32 bits already: expected an uncompressed student, as distill writes it");
        var compressor = new Compressor(options, original, texts, judge, tune, progress, cancellation);
        compressor.RequireOwnTexts();
        compressor.Run();
        compressor.HoldToSpeed();
        if (compressor._state.Trial == 0)
            progress?.Report(StageProgress.Note(Stage, "no step passed the gates: the student stays as it was"));
        return (compressor._state.Shipped, new CompressionResult(compressor._trials) { AgreementTexts = judge.AgreementTexts });
    }

    private void Run()
    {
        StoreInFewerBits();
        StudentShape shape = _state.Plain.Shape;
        if (shape.NgramBuckets > 0 && _options.NarrowNgrams && NgramReduction.ExactWidth(_state.Plain) is var width && width < shape.NgramWidth)
            Take(Try("ngrams", $"{width} columns", NgramReduction.Narrow(_state.Plain, Use(_state.Plain), width)));
        // First of what may cost accuracy: a byte costs least here.
        NarrowEmbeddings();
        // What n-grams of fewer tokens are is known before it is known which of them matter.
        Search("vocabulary", _options.VocabularyPruning, FewerTokens);
        if (shape.NgramBuckets > 0)
            Search("ngrams", _options.NgramPruning, FewerNgrams);
        Search("filters", _options.Pruning, FewerFilters);
        if (_precision == StoredPrecision.Int8 && _options.QuantizationAware != QuantizationAware.Never && RoundingCosts())
            Take(TryRounding(_state.Plain) is { } state && IsBetter(_trials[state.Trial], _trials[_state.Trial]) ? state : null);
    }

    /// <exception cref="RetortException">Scales, tokens and filters would be weighed by texts that the student cannot read.</exception>
    private void RequireOwnTexts()
    {
        IReadOnlyList<long> counts = Use(_original).Counts;
        long all = counts.Sum(), unknown = counts[_original.Encoder().Tokenizer.UnknownId];
        if (all == 0 || (double)unknown / all > MostUnknown)
        {
            throw new RetortException(FormattableString.Invariant($"of the {all:N0} tokens of the texts that compression goes by, the student does not know {unknown:N0}: ")
                + "expected texts of its own task and language; look at data.train and transfer.unlabelled");
        }
    }

    /// <summary>Undoes all steps where what they came to is not as fast as it is to be.</summary>
    private void HoldToSpeed()
    {
        if (_state.Trial == 0)
            return;
        CompressionTrial kept = _judge.JudgeKept(_trials[_state.Trial], _state.Shipped);
        _trials[_state.Trial] = kept;
        if (kept.Refusal.Length == 0)
            return;
        _progress?.Report(StageProgress.Note(Stage, $"all steps together: refused, {kept.Refusal}"));
        for (int k = 1; k < _trials.Count; k++)
            _trials[k] = _trials[k] with { IsTaken = false };
        _state = new State(_original, _original, 0);
    }

    private bool IsBetter(CompressionTrial trained, CompressionTrial rounded) => !_options.Gates
        || (trained.DevAccuracy, trained.Agreement).CompareTo((rounded.DevAccuracy, rounded.Agreement)) > 0;

    private void StoreInFewerBits()
    {
        foreach (StoredPrecision precision in new[] { StoredPrecision.Int8, StoredPrecision.F16, StoredPrecision.F32 }.SkipWhile(one => one != _options.Precision))
        {
            _precision = precision;
            // Single precision is no smaller: what it brings are the scales of the tables.
            State? passed = Try("bits", precision.ToString().ToLowerInvariant(), _original, Shipped(_original), pays: precision != StoredPrecision.F32);
            if (passed is null && precision == StoredPrecision.Int8 && _options.QuantizationAware != QuantizationAware.Never && !_trials[^1].IsSlow)
                passed = TryRounding(_original);
            if (Take(passed))
                return;
        }
    }

    /// <summary>Where no share of the columns may go, those may that the tables have no use for.</summary>
    private void NarrowEmbeddings()
    {
        bool isNarrower = Search("width", _options.WidthPruning, FewerColumns);
        StudentShape shape = _state.Plain.Shape;
        if (!isNarrower && _options.WidthPruning > 0 && WidthReduction.WidestUseful(shape) < shape.EmbeddingWidth)
            Take(First("width", FewerColumns(0)));
    }

    /// <summary>Takes a step as far as the gates let it: all of it, or what a search by halves finds; false: none of it.</summary>
    /// <param name="step">Its name.</param>
    /// <param name="most">All of it, as a share; 0: the step is not asked for.</param>
    /// <param name="tries">Ways to remove a share, the cheapest first; the next one is tried where one does not pass.</param>
    private bool Search(string step, double most, Func<double, IEnumerable<(string Detail, FoldedStudent Plain)>> tries)
    {
        State? best = null;
        for (int passed = 0, refused = Doses + 1, dose = most > 0 ? Doses : 0; dose > passed; dose = (passed + refused) / 2)
        {
            State? state = First(step, tries(most * dose / Doses));
            if (state is null)
                refused = dose;
            else
                (passed, best) = (dose, state);
        }
        return Take(best);
    }

    /// <summary>The first that passes, or null.</summary>
    private State? First(string step, IEnumerable<(string Detail, FoldedStudent Plain)> tries)
    {
        foreach ((string detail, FoldedStudent plain) in tries)
        {
            if (Try(step, detail, plain) is { } state)
                return state;
            // The same shape, trained, is as slow.
            if (_trials[^1].IsSlow)
                return null;
        }
        return null;
    }

    private IEnumerable<(string, FoldedStudent)> FewerNgrams(double share)
    {
        FoldedStudent plain = _state.Plain;
        int rows = Math.Max(share < 1 ? 1 : 0, (int)Math.Round(plain.Shape.NgramRowCount * (1 - share)));
        yield return rows == 0 ? ("none", Fitted(NgramReduction.Drop(plain)))
            : (FormattableString.Invariant($"{rows:N0} rows"), Fitted(NgramReduction.Prune(plain, Use(plain), rows)));
    }

    private IEnumerable<(string, FoldedStudent)> FewerTokens(double share)
    {
        int tokens = Math.Max(1, (int)Math.Round(_original.Shape.VocabularySize * (1 - share)));
        yield return (FormattableString.Invariant($"{tokens:N0} tokens"), Fitted(VocabularyTrim.Apply(_state.Plain, _texts, Use(_state.Plain), tokens, _cancellation)));
    }

    private IEnumerable<(string, FoldedStudent)> FewerColumns(double share)
    {
        int width = Math.Max(1, (int)Math.Round(WidthReduction.WidestUseful(_state.Plain.Shape) * (1 - share)));
        yield return ($"{width} wide", Fitted(WidthReduction.Apply(_state.Plain, Use(_state.Plain), width)));
    }

    private IEnumerable<(string, FoldedStudent)> FewerFilters(double share)
    {
        string rate = FormattableString.Invariant($"−{share:P0}");
        if (_options.Rounds == 1)
        {
            if (Pruned(_state.Plain, share) is not { } pruned)
                yield break;
            // With gates, what the last layer alone makes good needs no training.
            if (_options.Gates || _options.Epochs == 0)
                yield return ($"{rate}, fitted", pruned);
            if (_options.Epochs > 0)
                yield return ($"{rate}, tuned", _tune(pruned, _options.Epochs, null));
            yield break;
        }
        FoldedStudent student = _state.Plain;
        int round = 0;
        foreach (double each in FilterPruning.Rates(share, _options.Rounds))
        {
            if (Pruned(student, each) is not { } pruned)
                yield break;
            student = pruned;
            round++;
            if (_options.Epochs > 0)
                student = _tune(student, _options.Epochs * round / _options.Rounds - _options.Epochs * (round - 1) / _options.Rounds, null);
        }
        yield return ($"{rate} in {_options.Rounds} rounds", student);
    }

    /// <summary>With the last layer fitted; null where a window would have no filter left, which a smaller rate may leave it.</summary>
    private FoldedStudent? Pruned(FoldedStudent student, double rate)
    {
        TokenUse use = TokenUse.Of(student, _fitted, _cancellation);
        double[][] importance = FilterImportance.Of(_options.Importance, student, use, () => _answers.Value);
        try
        {
            return Fitted(FilterPruning.Apply(student, FilterPruning.Kept(importance, rate, _options.Scope)));
        }
        catch (UsageException e) when (_options.Gates)
        {
            _progress?.Report(StageProgress.Note(Stage, e.Message));
            return null;
        }
    }

    private FoldedStudent Fitted(FoldedStudent changed) =>
        Reconstruction.Fit(_outputs.Value, changed, Fitted(changed.Encoder()));

    private int[][] Fitted(StudentEncoder encoder) => encoder.EncodeAll(_fitted, _cancellation);

    private LogitTable Answers()
    {
        using Student answering = _original.ToStudent(CPU);
        return answering.Logits(_fitted, _cancellation);
    }

    /// <summary>Whether 8 bits lose more than they may, or are to be trained with in any case.</summary>
    private bool RoundingCosts()
    {
        if (_options.QuantizationAware == QuantizationAware.Always)
            return true;
        return (_judge.FullAccuracy(_state.Plain) - _trials[_state.Trial].DevAccuracy) * 100 > RoundingLoss;
    }

    private State? TryRounding(FoldedStudent plain)
    {
        if (plain.Shape.EmbeddingWidth > Runtime.Kernels.RowFolder.WidestExact)
        {
            _progress?.Report(StageProgress.Note(Stage, $"embeddings are {plain.Shape.EmbeddingWidth} wide, and rounding is trained with up to {Runtime.Kernels.RowFolder.WidestExact}: it is not"));
            return null;
        }
        if (_options.Epochs == 0)
            return null;
        IReadOnlyDictionary<string, float[]> scales = Shipped(plain).TableScales!;
        FoldedStudent tuned = _tune(plain, _options.Epochs, scales);
        return Try("bits", "int8, trained with rounding", tuned, Quantizer.ToInt8(tuned, scales), pays: false);
    }

    private State? Try(string step, string detail, FoldedStudent plain) => Try(step, detail, plain, Shipped(plain));

    /// <param name="step">Its name.</param>
    /// <param name="detail">How far.</param>
    /// <param name="plain">In single precision.</param>
    /// <param name="shipped">As it would be shipped.</param>
    /// <param name="pays">Whether it is to be smaller or faster than what there is.</param>
    private State? Try(string step, string detail, FoldedStudent plain, FoldedStudent shipped, bool pays = true)
    {
        _cancellation.ThrowIfCancellationRequested();
        CompressionTrial trial = _judge.Judge(step, detail, shipped), present = _trials[_state.Trial];
        if (_options.Gates && pays && trial.Refusal.Length == 0 && trial.Bytes >= present.Bytes && trial.Speedup <= present.Speedup)
            trial = trial with { Refusal = "neither smaller nor faster" };
        _trials.Add(trial);
        _progress?.Report(StageProgress.Note(Stage, FormattableString.Invariant(
            $"{step}, {detail}: {trial.Bytes / 1e6:0.00} MB, dev {trial.DevAccuracy:0.0000}, agreement {trial.Agreement:0.0000}, {trial.Speedup:0.00} times as fast{(trial.Refusal.Length > 0 ? $": refused, {trial.Refusal}" : "")}")));
        return trial.Refusal.Length == 0 ? new State(plain, shipped, _trials.Count - 1) : null;
    }

    private bool Take(State? state)
    {
        if (state is null)
            return false;
        _state = state;
        _trials[state.Trial] = _trials[state.Trial] with { IsTaken = true };
        return true;
    }

    private FoldedStudent Shipped(FoldedStudent plain) =>
        Quantizer.Apply(plain, Use(plain), _precision, _options.Calibration, _options.Percentile, _options.BiasCorrection);

    // Most steps leave the tokens as they are, and the texts are many.
    private TokenUse Use(FoldedStudent student)
    {
        if (_counted?.Vocabulary != student.Vocabulary)
            _counted = (student.Vocabulary, TokenUse.Of(student, _texts, _cancellation));
        return _counted.Value.Use;
    }

    /// <summary>So many of the texts, from all of them alike.</summary>
    private static IReadOnlyList<string> Some(IReadOnlyList<string> texts, int most) =>
        texts.Count <= most ? texts : [.. Enumerable.Range(0, most).Select(k => texts[(int)((long)k * texts.Count / most)])];

    /// <summary>What the steps so far came to.</summary>
    /// <param name="Plain">In single precision.</param>
    /// <param name="Shipped">As it is stored.</param>
    /// <param name="Trial">Which of the trials it is.</param>
    private sealed record State(FoldedStudent Plain, FoldedStudent Shipped, int Trial);
}
