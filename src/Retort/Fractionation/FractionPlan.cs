using System.Globalization;
using Retort.Fractionation.Scores;
using Retort.Metrics;
using Retort.Runs;
using Retort.Training;

namespace Retort.Fractionation;

/// <summary>
/// Batches of chosen texts: pass after pass over what is chosen, chosen anew where the schedule or the scores change. A function of
/// the seed, the step, what dev said and, for scores of the student, of what they were at the last choice, which stands in a file.
/// </summary>
public sealed class FractionPlan : IBatchPlan
{
    private readonly FractionationOptions _options;
    private readonly FractionTexts _texts;
    private readonly IReadOnlyList<int> _lengths;
    private readonly int _batchSize, _seed;
    private readonly string _checkpoints;
    private readonly Func<int[], LogitTable> _student;
    private readonly CancellationToken _cancellation;
    private readonly FractionSchedule _schedule;
    private readonly Chooser _chooser;
    private readonly StudentScores? _studentScores;
    private readonly double[] _classWeights;

    private int _choice = -1;
    private double _share;
    private double[] _ranks = [], _weights = [];
    private long _pass = -1;
    private int[] _rows = [], _drawn = [];
    private double[] _rowWeights = [];
    private BatchPlan? _batches;

    /// <param name="options">What to choose.</param>
    /// <param name="texts">From what.</param>
    /// <param name="lengths">(texts) Tokens of each.</param>
    /// <param name="loop">The training's.</param>
    /// <param name="student">The student's logits of some texts, as it stands.</param>
    /// <param name="checkpoints">Folder of the training's checkpoints.</param>
    /// <param name="cancellation">Stops while scores are computed.</param>
    /// <exception cref="UsageException">The smallest fraction has fewer texts than there are classes, or a class has none.</exception>
    public FractionPlan(FractionationOptions options, FractionTexts texts, IReadOnlyList<int> lengths, TrainingOptions loop,
        Func<int[], LogitTable> student, string checkpoints, CancellationToken cancellation = default)
    {
        (_options, _texts, _lengths, _student, _checkpoints, _cancellation) = (options, texts, lengths, student, checkpoints, cancellation);
        (_batchSize, _seed) = (loop.BatchSize, loop.Seed);
        StepsPerEpoch = (lengths.Count + loop.BatchSize - 1) / loop.BatchSize;
        _schedule = new FractionSchedule(options, (long)StepsPerEpoch * loop.Epochs, StepsPerEpoch);
        _chooser = new Chooser(options, texts.Classes, texts.Names.Count, loop.Seed);
        _studentScores = options.FollowsStudent ? new StudentScores(texts) : null;
        _classWeights = ClassWeighting.Of(options, texts.ClassCounts, texts.Names);
        if (options.Chooses)
            _chooser.Size(options.Schedule == Schedule.Stages ? options.StageFractions.Min() : Math.Min(options.Fraction, options.Schedule == Schedule.Constant ? 1 : options.FirstFraction), texts.Count);
    }

    public int StepsPerEpoch { get; }

    /// <summary>The steps before which texts are chosen anew; the first is 0.</summary>
    public IReadOnlyList<long> Starts => _schedule.Starts;

    /// <summary>Told of every new choice.</summary>
    public event Action<Fraction>? Chosen;

    public int[] Batch(TrainingState state)
    {
        int choice = _schedule.At(state.Step);
        if (choice != _choice)
            Choose(choice, state);
        long inChoice = state.Step - _schedule.Starts[choice];
        int stepsPerPass = (_drawn.Length + _batchSize - 1) / _batchSize;
        if (inChoice / stepsPerPass is var pass && pass != _pass)
            Draw(pass);
        return Array.ConvertAll(_batches!.Batch(inChoice % stepsPerPass), k => _drawn[k]);
    }

    private void Choose(int choice, TrainingState state)
    {
        bool resumes = state.Step > _schedule.Starts[choice];
        if (_studentScores is not null && choice > 0)
            Refresh(choice, resumes);
        double share = _schedule.Fraction(choice, state.History);
        IReadOnlyDictionary<Score, double[]> scores = Scores();
        (_ranks, _weights) = Combine(scores);
        (_choice, _share) = (choice, share);
        Draw(0);
        if (!resumes)
            Chosen?.Invoke(new Fraction(choice, _schedule.Starts[choice], share, _rows, _rowWeights, scores));
    }

    private void Refresh(int choice, bool resumes)
    {
        string file = PathOf(_schedule.Starts[choice]);
        if (resumes || File.Exists(file))
        {
            Recall(file);
            return;
        }
        // A training that was cut off just before this choice has a plan that knows nothing of the looks before it.
        if (choice > 1 && _choice != choice - 1)
            Recall(PathOf(_schedule.Starts[choice - 1]));
        _studentScores!.Look(_student, _cancellation);
        _studentScores.Save(file);
        Prune(choice);
    }

    private void Recall(string file)
    {
        if (!File.Exists(file))
            throw new RetortException($"{file} is missing, which held the scores of the student that texts were chosen by: delete {_checkpoints} to start anew");
        _studentScores!.Load(file);
    }

    // A training that was cut off goes on from its newest checkpoint, which may be of an earlier choice.
    private void Prune(int choice)
    {
        long[] checkpoints = [.. StepsOf("checkpoint")];
        long needed = checkpoints.Length == 0 ? 0 : _schedule.Starts[_schedule.At(Math.Min(checkpoints.Max(), _schedule.Starts[choice]))];
        foreach (long step in StepsOf("fraction").Where(step => step < needed).ToArray())
            File.Delete(PathOf(step));
    }

    private IEnumerable<long> StepsOf(string kind) => Directory.Exists(_checkpoints)
        ? Directory.EnumerateFiles(_checkpoints, $"{kind}-*.safetensors").Select(file => long.Parse(Path.GetFileNameWithoutExtension(file).Split('-')[1], CultureInfo.InvariantCulture))
        : [];

    private string PathOf(long step) => Path.Combine(_checkpoints, FormattableString.Invariant($"fraction-{step}.safetensors"));

    private Dictionary<Score, double[]> Scores()
    {
        if (_options.Scores.Any(score => score.LeastLooks() > (_studentScores?.Looks ?? 0)))
            return [];
        return _options.Scores.ToDictionary(score => score, score => score == Score.Random ? AtRandom()
            : score.IsOfStudent() ? _studentScores!.Of(score) : _texts.Scores[score]);
    }

    private double[] AtRandom()
    {
        var random = new SeededRandom(_seed, (long)Score.Random);
        double[] scores = new double[_texts.Count];
        for (int k = 0; k < scores.Length; k++)
            scores[k] = random.Share();
        return scores;
    }

    /// <summary>(texts) The rank that texts are chosen by, and how often a chosen one is seen.</summary>
    private (double[] Ranks, double[] Weights) Combine(IReadOnlyDictionary<Score, double[]> scores)
    {
        double[] weights = _texts.Classes.Length == 0 ? [.. Enumerable.Repeat(1.0, _texts.Count)] : Array.ConvertAll(_texts.Classes, k => _classWeights[k]);
        if (!_options.Chooses)
            return (new double[_texts.Count], weights);
        // While the student's scores say nothing, texts are chosen by chance.
        double[][] ranks = scores.Count == 0 ? [Ranks.Of(AtRandom(), _seed)] : [.. _options.Scores.Select(score => Ranks.Of(scores[score], _seed))];
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
        _rows = _options.Chooses ? _chooser.Rows(_ranks, _share, stream) : [.. Enumerable.Range(0, _texts.Count)];
        _rowWeights = Weights(_rows);
        _drawn = _rowWeights.All(weight => weight == 1) ? _rows : Resampling.Draw(_rows, _rowWeights, _seed, stream);
        _batches = new BatchPlan(Array.ConvertAll(_drawn, k => _lengths[k]), _batchSize, (int)(new SeededRandom(_seed, stream).Next() >> 33));
        _pass = pass;
    }

    private double[] Weights(int[] rows)
    {
        double[] weights = Array.ConvertAll(rows, row => _weights[row]);
        return weights.All(weight => weight == weights[0]) ? Array.ConvertAll(weights, _ => 1.0) : Resampling.Normalized(weights);
    }
}
