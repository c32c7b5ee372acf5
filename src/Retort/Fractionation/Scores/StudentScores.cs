using Retort.Data;
using Retort.Metrics;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Fractionation.Scores;

/// <summary>How hard a text is by how the student learns it. What is remembered between looks can be saved and read again.</summary>
/// <param name="texts">What is looked at.</param>
internal sealed class StudentScores(FractionTexts texts)
{
    private const int Block = 1 << 14;
    private const string Looked = "looks";

    private readonly float[] _divergence = new float[texts.Count], _mean = new float[texts.Count], _squares = new float[texts.Count],
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
            LogitTable said = student(rows), teacher = texts.Teacher.Choose(rows);
            for (int k = 0; k < rows.Length; k++)
            {
                _divergence[rows[k]] = (float)Divergence(teacher.Row(k), said.Row(k));
                if (texts.Kind != TaskKind.MultiLabel)
                    Remember(rows[k], said, k);
            }
        }
    }

    /// <summary>(texts)</summary>
    public double[] Of(Score score) => score switch
    {
        Score.Divergence => Array.ConvertAll(_divergence, value => (double)value),
        Score.Variability => Array.ConvertAll(_squares, value => Math.Sqrt(value / Math.Max(1, Looks))),
        // A class that was never there cannot be lost: such a text stands above all others, as in the paper.
        Score.Forgetting => [.. _lost.Select((lost, k) => _everHad[k] > 0 ? (double)lost : Looks + 1)],
        _ => throw new ArgumentOutOfRangeException(nameof(score), score, "expected a score of the student"),
    };

    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        TensorFile.Save(path, Tensors());
    }

    public void Load(string path)
    {
        using var scope = NewDisposeScope();
        (string Name, Tensor Value)[] tensors = [.. Tensors()];
        TensorFile.LoadInto(path, tensors);
        foreach ((string name, Tensor value) in tensors)
        {
            if (name == Looked)
                Looks = (int)value.ToSingle();
            else
                value.data<float>().CopyTo(Arrays().First(array => array.Name == name).Values);
        }
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

    private (string Name, float[] Values)[] Arrays() =>
        [("divergence", _divergence), ("mean", _mean), ("squares", _squares), ("lost", _lost), ("had", _had), ("ever_had", _everHad)];

    private IEnumerable<(string Name, Tensor Value)> Tensors() =>
        [(Looked, tensor(new[] { (float)Looks }, [1])), .. Arrays().Select(array => (array.Name, tensor(array.Values, [array.Values.Length])))];
}
