using Retort.Data;
using Retort.Fractionation;
using Retort.Fractionation.Diversity;
using Retort.Fractionation.Domain;
using Retort.Fractionation.States;
using Retort.Metrics;
using Retort.Runs;
using Retort.Runtime.Text;

namespace Retort.Pipeline;

/// <summary>Scores the transfer set of a run, by the target's texts and the teacher's pooled states where it is asked for.</summary>
/// <param name="recipe">The options.</param>
/// <param name="run">The run's folder.</param>
/// <param name="data">The corpus.</param>
/// <param name="answers">Asks other models than the teacher of the transfer set, where scores go by their answers.</param>
/// <param name="progress">Told of everything.</param>
/// <param name="cancellation">Stops.</param>
internal sealed class FractionStage(Recipe recipe, string run, DataSet data, Func<IReadOnlyList<string>, OtherAnswers?> answers, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    private const string Name = "fractionate";
    private const int Folds = 5;
    private const double L2 = 0.01;

    private readonly FractionationOptions _options = recipe.Fractionation;
    private string[]? _target;
    private OtherAnswers? _answers;

    /// <summary>What would else be found out after an hour of training.</summary>
    public static void RequireFiles(Recipe recipe)
    {
        if (recipe.Fractionation.NeedsTarget && !File.Exists(recipe.Fractionation.Target))
        {
            throw new UsageException($"fractionation.target is {recipe.Fractionation.Target}: there is no such file; expected texts of the domain that the student is for, as in transfer.unlabelled")
            { Key = "fractionation.target" };
        }
    }

    /// <summary>Of the other models than the teacher whose answers scores go by, once <see cref="Facts"/> has asked them; null: there are none.</summary>
    public string? AnswersFingerprint => _answers?.Fingerprint;

    /// <summary>The texts of the target that the teacher has to label, since its pooled states of them are wanted; else none.</summary>
    public IReadOnlyList<string> LabelledTarget => _options.NeedsStates && _options.NeedsTarget ? Target : [];

    /// <summary>The target without what stands in dev or test.</summary>
    public string[] Target => _target ??= ReadTarget();

    /// <param name="labelled">Its labelled texts, which come first.</param>
    /// <param name="texts">The transfer set.</param>
    /// <param name="logits">(texts × classes) The teacher's.</param>
    /// <param name="panel">Whose pooled states are compared.</param>
    public FractionTexts Facts(Corpus labelled, IReadOnlyList<string> texts, ILogitRows logits, TeacherPanel panel)
    {
        RequireOther(texts);
        using MappedArray<float>? source = _options.NeedsStates ? States(texts, "the transfer set", panel) : null;
        using MappedArray<float>? target = _options.NeedsStates && _options.NeedsTarget ? States(Target, "fractionation.target", panel) : null;
        StateRows? from = Rows("source", source, texts.Count, panel.PooledWidth), to = Rows("target", target, _target?.Length ?? 0, panel.PooledWidth);
        // See FractionationOptions.DrawsScores.
        long seed = recipe.Distillation.Seeds[0];
        var scores = new Dictionary<Score, double[]>();
        foreach (Score score in _options.Scores)
        {
            double[]? values = score switch
            {
                Score.Likeness => NearestTargets.Score(from!, to!, _options.Neighbours, cancellation),
                Score.DensityRatio => DensityRatio.Score(from!, to!, Folds, L2, seed, cancellation),
                Score.LanguageModel => LanguageModel(texts, panel.Tokenizer, seed),
                Score.FarthestFirst => RandomBlocks.Scores(KCentre.Ranks(from!, RandomBlocks.DefaultSize, seed, cancellation)),
                Score.FacilityLocation => RandomBlocks.Scores(FacilityLocation.Ranks(from!, RandomBlocks.DefaultSize, seed, cancellation)),
                _ => null,
            };
            if (values is not null)
                scores[score] = values;
        }
        double[]? importance = _options.ImportanceCap > 0
            ? ImportanceWeights.Of(scores.GetValueOrDefault(Score.DensityRatio) ?? DensityRatio.Score(from!, to!, Folds, L2, seed, cancellation), _options.ImportanceCap) : null;
        _answers ??= answers(texts);
        return FractionTexts.Of(_options, labelled, logits, new FractionGivens(scores, importance, Staying(texts, seed)) { Answers = _answers?.Answers }, cancellation);
    }

    private int[]? Staying(IReadOnlyList<string> texts, long seed)
    {
        if (_options.NearDuplicates == 1)
            return null;
        int[] staying = NearDuplicateThinning.Stay(texts, _options.NearDuplicates, seed, cancellation);
        progress?.Report(StageProgress.Note(Name, FormattableString.Invariant(
            $"{texts.Count - staying.Length:N0} of {texts.Count:N0} texts are left out that are nearly another (fractionation.near_duplicates)")));
        return staying;
    }

    private double[] LanguageModel(IReadOnlyList<string> texts, WordPieceTokenizer tokenizer, long seed)
    {
        var encoded = new EncodedList(texts, tokenizer);
        return LanguageModelDifference.Score(encoded, new EncodedList(Target, tokenizer), tokenizer.Vocabulary.Count, seed, cancellation);
    }

    private string[] ReadTarget()
    {
        var bad = new BadRows();
        string[] read = [.. CorpusReader.StreamUnlabelled(_options.Target, recipe.Data, bad, progress, cancellation)];
        HashSet<UInt128> held = [.. data.Dev.Texts().Concat(data.Test.Texts()).Select(TextKey.Normalized)];
        string[] left = [.. read.Where(text => !held.Contains(TextKey.Normalized(text)))];
        progress?.Report(StageProgress.Note(Name, FormattableString.Invariant($"target: {left.Length:N0} texts from {_options.Target}; left out: {read.Length - left.Length:N0} of dev or test")));
        return left.Length > 0 ? left : throw new UsageException($"{_options.Target}: of {read.Length} texts none is left that does not stand in dev or test: expected texts of the domain that the student is for")
        { Key = "fractionation.target" };
    }

    /// <summary>Refuses a target that all texts stand in, or of which nothing is left.</summary>
    /// <param name="texts">The transfer set, or what of it is known before the teacher is trained.</param>
    /// <exception cref="UsageException">It is so.</exception>
    public void RequireOther(IReadOnlyList<string> texts)
    {
        if (!_options.NeedsTarget)
            return;
        HashSet<UInt128> target = [.. Target.Select(TextKey.Normalized)];
        if (texts.All(text => target.Contains(TextKey.Normalized(text))))
        {
            throw new UsageException($"{_options.Target}: every text of the transfer set stands in the target, so none is more like it than another: expected another corpus")
            { Key = "fractionation.target" };
        }
    }

    private MappedArray<float> States(IReadOnlyList<string> texts, string what, TeacherPanel panel)
    {
        int known = panel.PooledRows(texts).Length;
        return known == texts.Count ? panel.PooledStates(texts, run) : throw new UsageException($"fractionation.scores goes by pooled states, and "
            + (panel.PooledWidth == 0 ? "no teacher stores some" : FormattableString.Invariant($"the teacher that stores them has labelled {known:N0} of {texts.Count:N0} texts of {what}"))
            + ": expected a teacher that is a model and labels all texts, with signals.pooled_state mean or cls; or language_model, which needs no teacher")
        { Key = "fractionation.scores" };
    }

    private static StateRows? Rows(string name, MappedArray<float>? states, int count, int width) => states is null ? null
        : new StateRows(name, count, width, (start, rows) => states.Slice((long)start * width, rows * width).ToArray());

    /// <summary>Token ids that are made when they are read: they are read once.</summary>
    private sealed class EncodedList(IReadOnlyList<string> texts, WordPieceTokenizer tokenizer) : IReadOnlyList<int[]>
    {
        private readonly List<Token> _tokens = [];

        public int Count => texts.Count;

        public int[] this[int index]
        {
            get
            {
                _tokens.Clear();
                tokenizer.Encode(texts[index], _tokens);
                return [.. _tokens.Select(token => token.Id)];
            }
        }

        public IEnumerator<int[]> GetEnumerator() => Enumerable.Range(0, Count).Select(k => this[k]).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
