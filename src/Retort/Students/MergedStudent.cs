using Retort.Runtime.Model;

namespace Retort.Students;

/// <summary>
/// Several students of one shape and vocabulary as one that answers with the mean of their logits, exactly: embeddings and filters stand side by side, each filter
/// reads the embeddings of its own student alone, and the last layer adds them up.
/// </summary>
internal static class MergedStudent
{
    /// <summary>The shape of so many students as one.</summary>
    public static StudentShape ShapeOf(StudentShape shape, int members) => shape with
    {
        EmbeddingWidth = shape.EmbeddingWidth * members,
        Filters = new FilterCounts([.. shape.Windows.Select((_, window) => shape.Filters[window] * members)]),
        NgramWidth = shape.NgramWidth * members,
        HiddenWidth = shape.HiddenWidth * members,
    };

    /// <summary>The students as one, in single precision, with a temperature of 1.</summary>
    /// <param name="members">Of one run: they differ in their weights alone.</param>
    /// <exception cref="ArgumentException">They differ in more.</exception>
    public static FoldedStudent Of(IReadOnlyList<FoldedStudent> members)
    {
        FoldedStudent first = members[0];
        StudentShape shape = first.Shape, wide = ShapeOf(shape, members.Count);
        if (members.DistinctBy(member => member.Frame()).Count() > 1)
            throw new ArgumentException("the students differ in shape, vocabulary or rows of n-grams: expected those of one run", nameof(members));
        Dictionary<string, Matrix> weights = wide.Weights().ToDictionary(weight => weight.Name, weight => Matrix.Zeros(weight.Sizes));
        for (int k = 0; k < members.Count; k++)
            Add(members[k], new Places(shape, members.Count, k), weights);
        return first.With(wide, weights.Select(weight => (weight.Key, weight.Value.Values))) with { Temperature = 1 };
    }

    private static void Add(FoldedStudent member, Places places, Dictionary<string, Matrix> weights)
    {
        StudentShape shape = member.Shape;
        int[] bias = [0], embedding = places.Of(shape.EmbeddingWidth);
        AddTo(StudentShape.EmbeddingWeight, Places.Same(shape.VocabularySize), embedding);
        for (int window = 0; window < shape.Windows.Count; window++)
        {
            int width = shape.Windows[window];
            int[] channels = places.Channels(window);
            AddTo(StudentShape.ConvolutionWeight(width), channels, places.EachOf(width, embedding, shape.EmbeddingWidth));
            AddTo(StudentShape.ConvolutionBias(width), channels, bias);
        }
        if (shape.NgramBuckets > 0)
            AddTo(StudentShape.NgramWeight, Places.Same(shape.NgramRowCount), places.Of(shape.NgramWidth));
        int[] read = places.Pooled();
        if (shape.HiddenWidth > 0)
        {
            int[] hidden = places.Of(shape.HiddenWidth);
            AddTo("hidden.weight", hidden, read);
            AddTo("hidden.bias", hidden, bias);
            read = hidden;
        }
        int[] classes = Places.Same(shape.Classes);
        AddTo("classifier.weight", classes, read, 1f / places.Members);
        AddTo("classifier.bias", classes, bias, 1f / places.Members);

        // What has a place of its own is added to 0.
        void AddTo(string name, int[] rows, int[] columns, float factor = 1)
        {
            float[] own = member[name];
            (float[] all, int width) = weights[name];
            for (int row = 0; row < rows.Length; row++)
            {
                for (int column = 0; column < columns.Length; column++)
                    all[(long)rows[row] * width + columns[column]] += factor * own[(long)row * columns.Length + column];
            }
        }
    }

    /// <summary>A weight as rows of so many columns: one where it is a vector.</summary>
    private sealed record Matrix(float[] Values, int Width)
    {
        public static Matrix Zeros(long[] sizes)
        {
            long width = sizes[1..].Aggregate(1L, (a, b) => a * b);
            return new Matrix(new float[sizes[0] * width], (int)width);
        }
    }

    /// <summary>Where what one student has stands among that of all.</summary>
    /// <param name="Shape">Of one.</param>
    /// <param name="Members">How many there are.</param>
    /// <param name="Member">Which it is.</param>
    private sealed record Places(StudentShape Shape, int Members, int Member)
    {
        /// <summary>What all students share.</summary>
        public static int[] Same(int count) => [.. Enumerable.Range(0, count)];

        /// <summary>What stands member by member.</summary>
        public int[] Of(int count) => [.. Enumerable.Range(Member * count, count)];

        /// <summary>The same, several times over.</summary>
        public int[] EachOf(int times, int[] places, int width) => [.. Enumerable.Range(0, times).SelectMany(time => places.Select(place => time * Members * width + place))];

        /// <summary>The channels of a window: values of all students, then gates of all.</summary>
        public int[] Channels(int window) => EachOf(Shape.Parts, Of(Shape.Filters[window]), Shape.Filters[window]);

        /// <summary>The pooled vector: window by window, and within it member by member.</summary>
        public int[] Pooled()
        {
            int maps = Shape.Pooling == Pooling.MaxMean ? 2 : 1, mapWidth = Shape.MapWidth;
            IEnumerable<int> filters = Enumerable.Range(0, maps).SelectMany(map => Enumerable.Range(0, Shape.Windows.Count).SelectMany(window =>
                Of(Shape.Filters[window]).Select(place => Members * (map * mapWidth + Shape.MapStart(window)) + place)));
            IEnumerable<int> ngrams = Shape.NgramBuckets == 0 ? [] : EachOf(NgramHash.Orders, Of(Shape.NgramWidth), Shape.NgramWidth).Select(place => Members * maps * mapWidth + place);
            return [.. filters, .. ngrams];
        }
    }
}
