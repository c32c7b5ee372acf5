using Retort.Data;
using Retort.Fractionation.Scores;
using Retort.Metrics;
using Retort.Runs;
using Retort.Training;

namespace Retort.Fractionation;

/// <summary>
/// Batches of chosen texts, and of those beside them that are learnt by their labels: pass after pass over them, chosen anew where the schedule or the scores change. A function of
/// the seed, the step, what dev said and, for scores of the student, of what they were at the last choice, which stands in a file.
/// </summary>
public sealed class FractionPlan : IBatchPlan
{
    private const string KeptKey = "kept";
    private const long Chance = 0x6368_616e_6365;

    private readonly FractionationOptions _options;
    private readonly FractionTexts _texts;
    private readonly IReadOnlyList<string> _transfer;
    private readonly IReadOnlyList<int> _lengths;
    private readonly int _batchSize, _seed;
    private readonly FractionState _state;
    private readonly Func<int[], LogitTable> _student;
    private readonly CancellationToken _cancellation;
    private readonly FractionSchedule _schedule;
    private readonly Chooser _chooser;
    private readonly StudentScores? _studentScores;
    private readonly double[] _classWeights;

    private int _choice = -1;
    private double _share;
    private double[] _ranks = [], _weights = [];
    private long _pass = -1, _stepsPerPass;
    private int[] _rows = [], _drawn = [], _kept = [];
    private double[] _rowWeights = [];
    private BatchPlan? _batches;

    /// <param name="options">What to choose.</param>
    /// <param name="texts">From what.</param>
    /// <param name="transfer">The same as strings, for messages.</param>
    /// <param name="lengths">(texts) Tokens of each.</param>
    /// <param name="loop">The training's.</param>
    /// <param name="student">The student's logits of some texts, as it stands.</param>
    /// <param name="checkpoints">Folder of the training's checkpoints; empty: there is no training.</param>
    /// <param name="cancellation">Stops while scores are computed.</param>
    /// <exception cref="UsageException">The smallest fraction has fewer texts than there are classes, or a class has none.</exception>
    public FractionPlan(FractionationOptions options, FractionTexts texts, IReadOnlyList<string> transfer, IReadOnlyList<int> lengths, TrainingOptions loop,
        Func<int[], LogitTable> student, string checkpoints, CancellationToken cancellation = default)
    {
        (_options, _texts, _transfer, _lengths, _student, _state, _cancellation) = (options, texts, transfer, lengths, student, new FractionState(checkpoints), cancellation);
        (_batchSize, _seed) = (loop.BatchSize, loop.Seed);
        StepsPerEpoch = (lengths.Count + loop.BatchSize - 1) / loop.BatchSize;
        _schedule = new FractionSchedule(options, (long)StepsPerEpoch * loop.Epochs, StepsPerEpoch);
        _chooser = new Chooser(options, texts.Classes, texts.Staying, loop.Seed);
        _studentScores = options.FollowsStudent ? new StudentScores(texts, options.Scores) : null;
        _classWeights = ClassWeighting.Of(options, texts.ClassCounts, texts.Names);
        if (options.Chooses)
            RequireTextOfEachClass();
    }

    public int StepsPerEpoch { get; }

    /// <summary>The steps before which texts are chosen anew; the first is 0.</summary>
    public IReadOnlyList<long> Starts => _schedule.Starts;

    /// <summary>Whether a text of the last batch is a chosen one, and not one that is learnt beside them by its label.</summary>
    public bool IsChosen(int row) => Array.BinarySearch(_rows, row) >= 0;

    /// <summary>Told of every new choice.</summary>
    public event Action<Fraction>? Chosen;

    /// <summary>Told of the texts of a choice before they are learnt from, and once more where a training is resumed.</summary>
    public event Action<int[]>? Wanted;

    public int[] Batch(TrainingState state)
    {
        int choice = _schedule.At(state.Step);
        if (choice != _choice)
            Choose(choice, state);
        long inChoice = state.Step - _schedule.Starts[choice];
        if (inChoice / _stepsPerPass is var pass && pass != _pass)
            Draw(pass);
        return Array.ConvertAll(_batches!.Batch(inChoice % _stepsPerPass), k => _drawn[k]);
    }

    private void Choose(int choice, TrainingState state)
    {
        long start = _schedule.Starts[choice];
        bool resumes = state.Step > start;
        // The first choice is made of what is known before the training.
        if (choice > 0 && HasState)
        {
            if (resumes || _state.Holds(start))
            {
                Restore(_state.Load(start, State()));
            }
            else
            {
                // A plan that is made anew just before a choice lacks what the one before left.
                if (_choice != choice - 1)
                    Choose(choice - 1, state);
                _studentScores?.Look(_student, _cancellation);
            }
        }
        double share = _schedule.Fraction(choice, state.History);
        IReadOnlyDictionary<Score, double[]> scores = Scores(choice);
        RequireNumbers(scores);
        (_ranks, _weights) = Combine(scores);
        (_choice, _share) = (choice, share);
        Draw(0);
        // How many texts stand beside the chosen ones may differ from pass to pass; where a pass begins must not.
        _stepsPerPass = _batches!.StepsPerEpoch;
        Wanted?.Invoke(_rows);
        if (resumes)
            return;
        if (choice > 0 && HasState)
        {
            _state.Save(start, State());
            _state.Prune(step => _schedule.Starts[_schedule.At(Math.Min(step, start))]);
        }
        Chosen?.Invoke(new Fraction(choice, start, share, _rows, _rowWeights, scores) { Reason = _schedule.Reason(choice, state.History) });
    }

    // What depends on the student as it was, or on earlier choices.
    private bool HasState => _studentScores is not null || _options.Schedule == Schedule.Rounds;

    private Dictionary<string, float[]> State()
    {
        var state = new Dictionary<string, float[]>(_studentScores?.State() ?? new Dictionary<string, float[]>());
        float[] kept = new float[_texts.Count];
        foreach (int row in _kept)
            kept[row] = 1;
        state[KeptKey] = kept;
        return state;
    }

    private void Restore(IReadOnlyDictionary<string, float[]> state)
    {
        _studentScores?.Restore(state);
        _kept = [.. Enumerable.Range(0, _texts.Count).Where(row => state[KeptKey][row] > 0)];
    }

    private Dictionary<Score, double[]> Scores(int choice)
    {
        if (_options.Scores.Any(score => score.LeastLooks() > (_studentScores?.Looks ?? 0)))
            return [];
        return _options.Scores.ToDictionary(score => score, score => score is Score.Random or Score.RandomAnew ? AtRandom(score == Score.Random ? 0 : choice)
            : score.IsOfStudent() ? _studentScores!.Of(score) : _texts.Scores[score]);
    }

    // The student's are: its logits are finite.
    private void RequireNumbers(IReadOnlyDictionary<Score, double[]> scores)
    {
        foreach ((Score score, double[] values) in scores)
        {
            int row = Array.FindIndex(values, double.IsNaN);
            if (row < 0)
                continue;
            throw new RetortException($"the {score.Name()} of text {row} of the transfer set, '{Excerpt.Of(_transfer[row])}', is not a number: "
                + "expected finite answers and states of the teacher; fine-tune it with a lower teacher.learning_rate, or bring another");
        }
    }

    private void RequireTextOfEachClass()
    {
        (string what, string key, string cure) = _options.Schedule switch
        {
            Schedule.Stages => ("a stage with a fraction of", "stage_fractions", "larger fractions for the stages"),
            Schedule.Rounds => ($"the first of {_options.Rounds} rounds with a fraction of", "rounds", "fewer rounds or a larger fraction"),
            not Schedule.Constant when _options.FirstFraction < _options.Fraction => ("a first fraction of", "first_fraction", "a larger first fraction"),
            _ => ("a fraction of", "fraction", "a larger fraction"),
        };
        int texts = _texts.Staying?.Length ?? _texts.Count, size = Chooser.Size(_options.LeastFraction, texts), classes = _texts.Names.Count;
        if (size < classes)
        {
            throw new UsageException(FormattableString.Invariant(
                $"{what} {_options.LeastFraction:0.######} of {texts} texts is {size}, and there are {classes} classes: expected at least a text for each; choose {cure}, or bring more texts"))
            { Key = $"fractionation.{key}" };
        }
    }

    private double[] AtRandom(long draw)
    {
        var random = new SeededRandom(_seed, Chance + draw);
        double[] scores = new double[_texts.Count];
        for (int k = 0; k < scores.Length; k++)
            scores[k] = random.Share();
        return scores;
    }

    /// <summary>(texts) The rank that texts are chosen by, and how often a chosen one is seen.</summary>
    private (double[] Ranks, double[] Weights) Combine(IReadOnlyDictionary<Score, double[]> scores)
    {
        double[] weights = _texts.Classes.Length == 0 ? [.. Enumerable.Repeat(1.0, _texts.Count)] : Array.ConvertAll(_texts.Classes, k => _classWeights[k]);
        if (_texts.Importance is { } importance)
            weights = [.. weights.Zip(importance, (weight, own) => weight * own)];
        if (!_options.Chooses)
            return (new double[_texts.Count], weights);
        // While the student's scores say nothing, texts are chosen by chance.
        double[][] ranks = scores.Count == 0 ? [Ranks.Of(AtRandom(0), _seed)] : [.. _options.Scores.Select(score => Ranks.Of(scores[score], _seed))];
        if (ranks.Length == 1)
            return (ranks[0], weights);
        double[] combined = new double[_texts.Count];
        for (int k = 0; k < combined.Length; k++)
        {
            if (_options.Combine == ScoreCombination.FilterThenWeight)
                weights[k] *= ranks.Skip(1).Average(rank => rank[k]);
            else
                combined[k] = _options.Combine == ScoreCombination.Product ? ranks.Aggregate(1.0, (product, rank) => product * rank[k]) : ranks.Average(rank => rank[k]);
        }
        return (_options.Combine == ScoreCombination.FilterThenWeight ? ranks[0] : Ranks.Of(combined, _seed), weights);
    }

    private void Draw(long pass)
    {
        long stream = ((long)_choice << 32) + pass;
        _rows = _options.Chooses ? _chooser.Rows(_ranks, _share, stream, _kept) : _texts.Staying ?? [.. Enumerable.Range(0, _texts.Count)];
        if (_options.Schedule == Schedule.Rounds)
            _kept = _rows;
        _rowWeights = Weights(_rows);
        _drawn = _rowWeights.All(weight => weight == 1) ? _rows : Resampling.Draw(_rows, _rowWeights, _seed, stream);
        if (_options.LearnsUnchosen)
            _drawn = [.. _drawn, .. _texts.LabelledStaying.Except(_rows)];
        _batches = new BatchPlan(Array.ConvertAll(_drawn, k => _lengths[k]), _batchSize, (int)(new SeededRandom(_seed, stream).Next() >> 33));
        _pass = pass;
    }

    private double[] Weights(int[] rows)
    {
        double[] weights = Array.ConvertAll(rows, row => _weights[row]);
        return weights.All(weight => weight == weights[0]) ? Array.ConvertAll(weights, _ => 1.0) : Resampling.Normalized(weights);
    }
}
