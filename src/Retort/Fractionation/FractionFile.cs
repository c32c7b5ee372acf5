using Parquet;
using Parquet.Schema;
using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>
/// A choice as a Parquet file with a row for each text of the transfer set, in its order: <c>row</c> (int32), <c>score_NAME</c> (double)
/// for each score, <c>chosen</c> (bool) in the first pass, and <c>weight</c> (double), 0 where it is not chosen.
/// </summary>
internal static class FractionFile
{
    /// <param name="path">Written whole or not at all.</param>
    /// <param name="fraction">The choice.</param>
    /// <param name="texts">Texts of the transfer set.</param>
    public static void Write(string path, Fraction fraction, int texts)
    {
        double[] weights = new double[texts];
        bool[] chosen = new bool[texts];
        for (int k = 0; k < fraction.Rows.Length; k++)
            (chosen[fraction.Rows[k]], weights[fraction.Rows[k]]) = (true, fraction.Weights[k]);
        AtomicFile.Write(path, stream => WriteAsync(stream, fraction, chosen, weights).GetAwaiter().GetResult());
    }

    /// <summary>The texts that a file has as chosen, in ascending order.</summary>
    public static int[] Chosen(string path)
    {
        using FileStream stream = File.OpenRead(path);
        bool[] chosen = ReadAsync(stream).GetAwaiter().GetResult();
        return [.. Enumerable.Range(0, chosen.Length).Where(row => chosen[row])];
    }

    private static async Task<bool[]> ReadAsync(Stream stream)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream);
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        bool[] chosen = new bool[group.RowCount];
        await group.ReadAsync<bool>(reader.Schema.FindDataField("chosen"), chosen.AsMemory());
        return chosen;
    }

    private static async Task WriteAsync(Stream stream, Fraction fraction, bool[] chosen, double[] weights)
    {
        var row = new DataField<int>("row");
        var isChosen = new DataField<bool>("chosen");
        var weight = new DataField<double>("weight");
        (DataField<double> Field, double[] Values)[] scores = [.. fraction.Scores.Select(score => (new DataField<double>($"score_{score.Key.Name()}"), score.Value))];
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema([row, .. scores.Select(score => score.Field), isChosen, weight]), stream);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await group.WriteAsync<int>(row, Enumerable.Range(0, chosen.Length).ToArray().AsMemory());
        foreach ((DataField<double> field, double[] values) in scores)
            await group.WriteAsync<double>(field, values.AsMemory());
        await group.WriteAsync<bool>(isChosen, chosen.AsMemory());
        await group.WriteAsync<double>(weight, weights.AsMemory());
        group.CompleteValidate();
    }
}
