using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>Everything of a student but its tokenizer, ready to compute. Immutable and thread-safe.</summary>
internal sealed class StudentCore
{
    private StudentCore(StudentFiles files, Tables tables, NgramTable? ngrams, long budget)
    {
        StudentShape shape = files.Config.Shape;
        MaxLength = files.Config.MaxLength;
        Tokens = new TokenRows(files, tables, budget);
        Ngrams = ngrams;
        Hidden = shape.HiddenWidth > 0 ? DenseLayer.Read(files, "hidden") : null;
        Classifier = DenseLayer.Read(files, "classifier");
    }

    public int MaxLength { get; }

    public TokenRows Tokens { get; }

    public NgramTable? Ngrams { get; }

    /// <summary>Of the rows of tokens that may stay and of the n-grams.</summary>
    public long TableBytes => RowBytes + (Ngrams?.Bytes ?? 0);

    /// <summary>Of the rows of tokens that may stay.</summary>
    public long RowBytes => (long)Tokens.Resident * Tokens.Tables.RowBytes;

    /// <summary>The layer before the classifier, with ReLU behind it.</summary>
    public DenseLayer? Hidden { get; }

    public DenseLayer Classifier { get; }

    /// <param name="files">An open student.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="kernel">Runs INT8 tables.</param>
    public static StudentCore Read(StudentFiles files, TextClassifierOptions options, ConvolutionKernel kernel)
    {
        bool quantized = options.Precision == TablePrecision.Quantized;
        Tables tables = quantized ? new IntegerTables(files, kernel) : new SingleTables(files);
        NgramTable? ngrams = files.Config.Shape.NgramBuckets == 0 ? null
            : quantized ? new IntegerNgramTable(files) : new SingleNgramTable(files);
        var core = new StudentCore(files, tables, ngrams, options.MaxTableBytes);
        if (options.FoldAtLoad)
            core.Tokens.FoldAll();
        return core;
    }
}
