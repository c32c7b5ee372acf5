using Retort.Compression;
using Retort.Runtime.Model;
using Retort.Students;

namespace Retort.Tests.Compression;

public sealed class QuantizerTests
{
    private static readonly StudentShape Shape = MadeFolded.Small with { Windows = [3], Filters = 4, EmbeddingWidth = 6 };

    private static readonly string Scale = StudentShape.ConvolutionScale(3), Bias = StudentShape.ConvolutionBias(3);

    [Fact]
    public void Min_max_cuts_nothing_off()
    {
        FoldedStudent student = Outlier(), stored = Quantized(TableCalibration.MinMax);
        float[] expected = TableScales.Of(student)[Scale];
        Assert.All(Enumerable.Range(0, 8), c => Assert.Equal(expected[c], stored.TableScales![Scale][c], expected[c] * 0.02f));
    }

    [Fact]
    public void The_least_squared_error_is_less_than_that_of_the_largest_entry()
    {
        FoldedStudent student = Outlier();
        TokenUse use = TokenUse.Of(student, MadeFolded.Texts, default);
        double mse = Error(student, Quantized(TableCalibration.Mse), use), largest = Error(student, Quantized(TableCalibration.MinMax), use);
        Assert.True(mse < 0.5 * largest, $"{mse} of {largest}");
    }

    [Fact]
    public void A_percentile_cuts_off_what_lies_beyond_it()
    {
        float[] all = Quantized(TableCalibration.Percentile, 100).TableScales![Scale], most = Quantized(TableCalibration.Percentile, 90).TableScales![Scale];
        float[] largest = Quantized(TableCalibration.MinMax).TableScales![Scale];
        // No text uses the token with the outlying entries.
        Assert.All(Enumerable.Range(0, 8), c => Assert.True(most[c] <= all[c] && all[c] < largest[c]));
        Assert.Contains(Enumerable.Range(0, 8), c => most[c] < all[c]);
    }

    [Fact]
    public void A_corrected_bias_takes_off_what_rounding_adds_on_average()
    {
        FoldedStudent student = Outlier();
        TokenUse use = TokenUse.Of(student, MadeFolded.Texts, default);
        double[] plain = Shift(student, Quantizer.Apply(student, use, StoredPrecision.Int8, TableCalibration.MinMax, 100, correct: false), use);
        double[] corrected = Shift(student, Quantizer.Apply(student, use, StoredPrecision.Int8, TableCalibration.MinMax, 100, correct: true), use);
        Assert.True(corrected.Max(Math.Abs) < 0.05 * plain.Max(Math.Abs), $"{corrected.Max(Math.Abs)} of {plain.Max(Math.Abs)}");
    }

    [Fact]
    public void A_scale_leaves_room_for_its_bias()
    {
        FoldedStudent student = MadeFolded.Student(Shape);
        float[] biases = [.. student[Bias]];
        biases[2] = 1e6f;
        student = student.With(Shape, (Bias, biases));
        FoldedStudent stored = Quantizer.Apply(student, TokenUse.Of(student, MadeFolded.Texts, default), StoredPrecision.Int8, TableCalibration.Mse, 100, correct: true);
        Assert.All(Enumerable.Range(0, 8), c => Assert.True(Math.Abs(Math.Round(stored[Bias][c] / (double)stored.TableScales![Scale][c])) <= StudentShape.LargestBias(3)));
    }

    /// <summary>A student with one token, which no text has, whose embedding is ten times as large as the others.</summary>
    private static FoldedStudent Outlier()
    {
        FoldedStudent student = MadeFolded.Student(Shape);
        float[] rows = [.. student[StudentShape.EmbeddingWeight]];
        foreach (ref float value in rows.AsSpan(26 * 6, 6))
            value *= 10;
        Assert.DoesNotContain(MadeFolded.Texts, text => text.Contains('z', StringComparison.Ordinal));
        return student.With(Shape, (StudentShape.EmbeddingWeight, rows));
    }

    private static FoldedStudent Quantized(TableCalibration calibration, double percentile = 99.99) => Quantizer.Apply(Outlier(),
        TokenUse.Of(Outlier(), MadeFolded.Texts, default), StoredPrecision.Int8, calibration, percentile, correct: false);

    private static double Error(FoldedStudent student, FoldedStudent stored, TokenUse use) =>
        Entries(student, stored).Sum(entry => use.Counts[entry.Token] * (entry.Stored - entry.Wanted) * (entry.Stored - entry.Wanted));

    /// <summary>(channels) what a window's sum is off by on average, its bias included.</summary>
    private static double[] Shift(FoldedStudent student, FoldedStudent stored, TokenUse use)
    {
        double[] shift = [.. Enumerable.Range(0, 8).Select(c => (double)stored[Bias][c] - student[Bias][c])];
        double total = use.Counts.Sum();
        foreach ((int token, int channel, double found, double wanted) in Entries(student, stored))
            shift[channel] += use.Counts[token] / total * (found - wanted);
        return shift;
    }

    private static IEnumerable<(int Token, int Channel, double Stored, double Wanted)> Entries(FoldedStudent student, FoldedStudent stored)
    {
        for (int token = 0; token < 27; token++)
        {
            for (int channel = 0; channel < 8; channel++)
            {
                for (int j = 0; j < 3; j++)
                {
                    double scale = stored.TableScales![Scale][channel];
                    double entry = Math.Clamp(Math.Round(Product(stored, token, channel, j) / scale), -127, 127) * scale;
                    yield return (token, channel, entry, Product(student, token, channel, j));
                }
            }
        }
    }

    private static double Product(FoldedStudent student, int token, int channel, int j) => Enumerable.Range(0, 6)
        .Sum(e => (double)student[StudentShape.EmbeddingWeight][token * 6 + e] * student[StudentShape.ConvolutionWeight(3)][(channel * 3 + j) * 6 + e]);
}
