using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Runtime.Kernels;

/// <summary>
/// Traces a logit back to n-grams. A maximum came from one position, a mean from all, a hashed n-gram from its tokens; what
/// follows is linear once it is known which hidden units are on. So the parts are exact, not a model of the model.
/// </summary>
internal sealed unsafe class Explainer
{
    private readonly StudentCore _core;
    private readonly StudentShape _shape;
    private readonly IReadOnlyList<Token> _tokens;
    private readonly nint[] _rows;
    private readonly AlignedRows _places;
    private readonly Dictionary<(int First, int Last), double> _parts = [];

    // (windows, filters) the first position of each maximum; (positions of a feature) what features came to.
    private readonly double[] _features;
    private readonly int[] _maxima;
    private double[] _weights = [];

    private Explainer(StudentCore core, IReadOnlyList<Token> tokens)
    {
        (_core, _shape, _tokens) = (core, core.Tokens.Tables.Shape, tokens);
        Tables tables = core.Tokens.Tables;
        _places = new AlignedRows(tokens.Count + 1, tables.RowBytes);
        _rows = GC.AllocateArray<nint>(tables.LeftMost + tokens.Count + tables.RightMost, pinned: true);
        FindRows(tables);
        _features = new double[_shape.PooledWidth];
        _maxima = new int[_shape.MapWidth];
        if (tokens.Count > 0)
            Measure();
    }

    /// <summary>Explains one class's logit.</summary>
    public static Explanation Explain(StudentCore core, IReadOnlyList<Token> tokens, int index, string label, float logit) =>
        new Explainer(core, tokens).Explain(index, label, logit);

    private Explanation Explain(int index, string label, float logit)
    {
        double bias = Linearize(index);
        if (_tokens.Count > 0)
            Attribute();
        ExplanationPart[] parts = _parts
            .Where(part => part.Value != 0)
            .Select(part => new ExplanationPart(_tokens[part.Key.First].Start, _tokens[part.Key.Last].End, part.Value))
            .OrderByDescending(part => Math.Abs(part.Contribution)).ThenBy(part => part.Start).ThenBy(part => part.End)
            .ToArray();
        GC.KeepAlive(_places);
        return new Explanation(index, label, logit, bias, parts);
    }

    // The last place is the row of zeros around the text.
    private void FindRows(Tables tables)
    {
        var missing = new MissingRows(_core.Tokens);
        nint zeros = _places[_tokens.Count];
        new Span<byte>((void*)zeros, tables.RowBytes).Clear();
        _rows.AsSpan().Fill(zeros);
        for (int k = 0; k < _tokens.Count; k++)
        {
            ref nint row = ref _rows[tables.LeftMost + k];
            row = _core.Tokens.Find(_tokens[k].Id);
            if (row == 0)
                missing.Add(_tokens[k].Id, row = _tokens[k].Id < _core.Tokens.Resident ? _core.Tokens.PlaceOf(_tokens[k].Id) : _places[k]);
        }
        missing.Fold();
    }

    private void Measure()
    {
        int means = _maxima.Length;
        for (int window = 0; window < _shape.Windows.Count; window++)
        {
            for (int filter = 0; filter < _shape.Filters[window]; filter++)
            {
                int feature = _shape.MapStart(window) + filter;
                _features[feature] = double.NegativeInfinity;
                for (int position = 0; position < _tokens.Count; position++)
                {
                    double activation = Activation(window, filter, position);
                    if (activation > _features[feature])
                        (_features[feature], _maxima[feature]) = (activation, position);
                    if (_shape.Pooling == Pooling.MaxMean)
                        _features[means + feature] += activation / _tokens.Count;
                }
            }
        }
        ForEachNgram((_, _, feature, value) => _features[feature] += value);
    }

    /// <summary>Fills the weight of each feature in a logit, and returns what is left of it without features.</summary>
    private double Linearize(int index)
    {
        _weights = new double[_features.Length];
        double bias = _core.Classifier.Bias(index);
        if (_core.Hidden is not { } hidden)
        {
            for (int f = 0; f < _weights.Length; f++)
                _weights[f] = _core.Classifier.Weight(index, f);
            return bias;
        }
        for (int unit = 0; unit < hidden.Outputs; unit++)
        {
            double sum = hidden.Bias(unit), weight = _core.Classifier.Weight(index, unit);
            for (int f = 0; f < _features.Length; f++)
                sum += hidden.Weight(unit, f) * _features[f];
            if (sum <= 0)
                continue;
            bias += weight * hidden.Bias(unit);
            for (int f = 0; f < _weights.Length; f++)
                _weights[f] += weight * hidden.Weight(unit, f);
        }
        return bias;
    }

    private void Attribute()
    {
        int means = _maxima.Length;
        for (int window = 0; window < _shape.Windows.Count; window++)
        {
            for (int filter = 0; filter < _shape.Filters[window]; filter++)
            {
                int feature = _shape.MapStart(window) + filter;
                AddWindow(window, _maxima[feature], _weights[feature] * _features[feature]);
                if (_shape.Pooling != Pooling.MaxMean)
                    continue;
                for (int position = 0; position < _tokens.Count; position++)
                    AddWindow(window, position, _weights[means + feature] * Activation(window, filter, position) / _tokens.Count);
            }
        }
        ForEachNgram((first, last, feature, value) => Add(first, last, _weights[feature] * value));
    }

    private double Activation(int window, int filter, int position)
    {
        int width = _shape.Windows[window], first = _core.Tokens.Tables.LeftMost - (width - 1) / 2 + position;
        return _core.Tokens.Tables.Activation(window, (nint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_rows)) + first, filter);
    }

    private void ForEachNgram(Action<int, int, int, double> take)
    {
        if (_core.Ngrams is not { } table)
            return;
        int bigrams = _features.Length - NgramHash.Orders * table.Width;
        double root = Math.Sqrt(_tokens.Count);
        for (int k = 1; k < _tokens.Count; k++)
        {
            if (table.Bigram(_tokens[k - 1].Id, _tokens[k].Id, out nint row) != 0)
                TakeRow(row, k - 1, k, bigrams);
            if (k > 1 && table.Trigram(_tokens[k - 2].Id, _tokens[k - 1].Id, _tokens[k].Id, out row) != 0)
                TakeRow(row, k - 2, k, bigrams + table.Width);
        }

        void TakeRow(nint row, int first, int last, int feature)
        {
            for (int c = 0; c < table.Width; c++)
                take(first, last, feature + c, (double)table.Entry(row, c) * table.Steps[c] / root);
        }
    }

    private void AddWindow(int window, int position, double contribution)
    {
        int width = _shape.Windows[window], first = position - (width - 1) / 2;
        Add(Math.Max(first, 0), Math.Min(first + width, _tokens.Count) - 1, contribution);
    }

    private void Add(int first, int last, double contribution) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_parts, (first, last), out _) += contribution;
}
