using Retort.Runtime.Model;
using Retort.Runtime.Tests.Kernels;

namespace Retort.Runtime.Tests;

public sealed class ProfileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;

    private string File => Path.Combine(_folder, "profile.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var options = new TextClassifierOptions { Kernel = "v128", Threads = 3, MaxTableBytes = 1 << 20, FoldAtLoad = true, Precision = TablePrecision.Full };
        System.IO.File.WriteAllText(File, options.ToJson());
        Assert.Equal(options, TextClassifierOptions.Load(File));
        System.IO.File.WriteAllText(File, "{}");
        Assert.Equal(new TextClassifierOptions(), TextClassifierOptions.Load(File));
    }

    [Theory]
    [InlineData("{\"kernel\": \"v1024\"}", "expected one of v512, v256, v128, scalar")]
    [InlineData("{\"threads\": -1}", "Threads is -1")]
    [InlineData("{\"max_table_bytes\": -5}", "MaxTableBytes is -5")]
    [InlineData("{\"precision\": \"half\"}", "no profile of a classifier")]
    [InlineData("{\"precison\": \"full\"}", "precison")]
    [InlineData("{\"threads\": 1, \"threads\": 2}", "no profile of a classifier")]
    [InlineData("[1]", "no profile of a classifier")]
    [InlineData("null", "is null")]
    [InlineData("{", "no profile of a classifier")]
    public void What_is_no_profile_is_refused(string json, string message)
    {
        System.IO.File.WriteAllText(File, json);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => TextClassifierOptions.Load(File)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scalar")]
    [InlineData("v128")]
    [InlineData("v256")]
    [InlineData("v512")]
    public void Every_kernel_of_a_profile_gives_the_same_answers(string kernel)
    {
        var student = new RandomStudent(Shapes.All["filters of each window, mean"]);
        string folder = student.Write(Path.Combine(_folder, "student"));
        using var chosen = TextClassifier.Load(folder, new TextClassifierOptions { Kernel = kernel, Threads = 2 });
        using var usual = TextClassifier.Load(folder);
        string[] texts = [.. Enumerable.Range(0, 70).Select(length => Shapes.Text(student.Shape, length, length).Text)];
        Assert.Equal(usual.ClassifyAll(texts), chosen.ClassifyAll(texts, threads: 0));
        Assert.Equal(usual.TableBytes > 0, chosen.TableBytes > 0);
    }

    /// <summary>INT8 embeddings and filters fold from whole numbers: entries are the same as in double precision, and so are the answers.</summary>
    [Fact]
    public void Steps_of_8_bits_fold_exactly()
    {
        var student = new RandomStudent(Shapes.Small with { EmbeddingWidth = 700, NgramBuckets = 0, NgramWidth = 0 });
        string folder = student.Write(Path.Combine(_folder, "student"), TensorType.I8);
        using StudentFiles files = StudentFiles.Open(folder);
        float[] embedding = files.ReadSteps(StudentShape.EmbeddingWeight), scales = files.ReadScales("embedding.weight_scale");
        foreach (int window in student.Shape.Windows)
        {
            float[] filters = files.ReadSteps(StudentShape.ConvolutionWeight(window)), own = files.ReadScales($"convolution.{window}.weight_scale");
            var folding = new Runtime.Kernels.RowFolder(files, [32, 32]);
            Assert.True(folding.IsInteger);
            float[] row = new float[folding.RowLength];
            folding.Fold(embedding.AsSpan(5 * 700, 700), [scales[5]], row);
            int start = window == 2 ? 0 : 2 * 2 * 32;
            for (int j = 0; j < window; j++)
            {
                for (int c = 0; c < 20; c++)
                {
                    long sum = 0;
                    for (int e = 0; e < 700; e++)
                        sum += (long)embedding[5 * 700 + e] * (long)filters[(c * window + j) * 700 + e];
                    Assert.Equal(sum * scales[5] * own[c], row[start + j * 64 + c / 10 * 32 + c % 10]);
                }
            }
        }
    }
}
