using Retort.Data;
using Retort.Metrics;

namespace Retort.Fractionation.Scores;

/// <summary>How hard a text is by how the student learns it. What is remembered between looks can be saved and read again.</summary>
/// <param name="texts">What is looked at.</param>
/// <param name="wanted">Which scores.</param>
internal sealed class StudentScores(FractionTexts texts, IReadOnlyCollection<Score> wanted)
{
    private const int Block = 1 << 14;
    private const string Looked = "looks";

    private readonly float[] _uncertainty = new float[texts.Count], _divergence = new float[texts.Count], _mean = new float[texts.Count], _squares = new float[texts.Count],
        _lost = new float[texts.Count], _had = new float[texts.Count], _everHad = new float[texts.Count];

    /// <summary>How often the student was looked at.</summary>
    public int Looks { get; private set; }

    /// <summary>Looks at the student on all texts: a forward pass over the transfer set.</summary>
    /// <param name="student">The student's logits of some of them.</param>
    /// <param name="cancellation">Stops between blocks; the look then counts for nothing, and these scores are of no further use.</param>
    public void Look(Func<int[], LogitTable> student, CancellationToken cancellation)
    {
        Looks++;
        for (int start = 0; start < texts.Count; start += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int[] rows = [.. Enumerable.Range(start, Math.Min(Block, texts.Count - start))];
            LogitTable said = student(rows);
            // Who does not want it need not have the teacher's signals.
            LogitTable? teacher = wanted.Contains(Score.Divergence) ? texts.Teacher.Choose(rows) : null;
            for (int k = 0; k < rows.Length; k++)
            {
                _uncertainty[rows[k]] = (float)TeacherScores.Of(Score.Entropy, texts.Kind, said.Row(k));
                if (teacher is not null)
                    _divergence[rows[k]] = (float)Divergence(teacher.Row(k), said.Row(k));
                if (wanted.Contains(Score.Variability) || wanted.Contains(Score.Forgetting))
                    Remember(rows[k], said, k);
            }
        }
    }

    /// <summary>(texts)</summary>
    public double[] Of(Score score) => score switch
    {
        Score.Uncertainty => Array.ConvertAll(_uncertainty, value => (double)value),
        Score.Divergence => Array.ConvertAll(_divergence, value => (double)value),
        Score.Variability => Array.ConvertAll(_squares, value => Math.Sqrt(value / Math.Max(1, Looks))),
        // A class that was never there cannot be lost: such a text stands above all others, as in the paper.
        Score.Forgetting => [.. _lost.Select((lost, k) => _everHad[k] > 0 ? (double)lost : Looks + 1)],
        _ => throw new ArgumentOutOfRangeException(nameof(score), score, "expected a score of the student"),
    };

    /// <summary>What is remembered, by name.</summary>
    public IReadOnlyDictionary<string, float[]> State() =>
        new Dictionary<string, float[]>(Arrays().Select(array => KeyValuePair.Create(array.Name, array.Values))) { [Looked] = [Looks] };

    /// <summary>Puts back what <see cref="State"/> gave.</summary>
    public void Restore(IReadOnlyDictionary<string, float[]> state)
    {
        foreach ((string name, float[] values) in Arrays())
            state[name].CopyTo(values, 0);
        Looks = (int)state[Looked][0];
    }

    // Welford's update of mean and sum of squared deviations.
    private void Remember(int row, LogitTable said, int k)
    {
        int wanted = texts.Classes[row];
        double p = Probability.Softmax(said.Row(k))[wanted], before = _mean[row];
        _mean[row] = (float)(before + (p - before) / Looks);
        // A mean that is rounded may stand beyond a probability that hardly moves: a hair below 0 would have no root.
        _squares[row] += (float)Math.Max(0, (p - before) * (p - _mean[row]));
        bool has = said.ArgMax(k) == wanted;
        if (_had[row] > 0 && !has)
            _lost[row]++;
        _had[row] = has ? 1 : 0;
        _everHad[row] = Math.Max(_everHad[row], _had[row]);
    }

    private double Divergence(ReadOnlySpan<float> teacher, ReadOnlySpan<float> student)
    {
        double sum = 0;
        if (texts.Kind == TaskKind.MultiLabel)
        {
            for (int k = 0; k < teacher.Length; k++)
            {
                sum += Probability.Sigmoid(teacher[k]) * (Probability.LogSigmoid(teacher[k]) - Probability.LogSigmoid(student[k]))
                    + Probability.Sigmoid(-teacher[k]) * (Probability.LogSigmoid(-teacher[k]) - Probability.LogSigmoid(-student[k]));
            }
            return sum;
        }
        double[] p = new double[teacher.Length], q = new double[teacher.Length];
        Probability.LogSoftmax(teacher, 1, p);
        Probability.LogSoftmax(student, 1, q);
        for (int k = 0; k < p.Length; k++)
            sum += Math.Exp(p[k]) * (p[k] - q[k]);
        return sum;
    }

    private (string Name, float[] Values)[] Arrays() => [("uncertainty", _uncertainty), ("divergence", _divergence), ("mean", _mean), ("squares", _squares),
        ("lost", _lost), ("had", _had), ("ever_had", _everHad)];
}
