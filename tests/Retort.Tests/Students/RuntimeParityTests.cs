using Retort.Runtime;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Students;

/// <summary>The runtime answers as the module that was trained.</summary>
public sealed class RuntimeParityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Variants => StudentTests.Variants;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_saved_student_answers_in_the_runtime_as_in_libtorch(string variant)
    {
        using var scope = NewDisposeScope();
        using Student student = StudentTests.Build(StudentTests.Options[variant]);
        student.Temperature = 1.75;
        student.Save(_folder["student"]);
        using var full = TextClassifier.Load(_folder["student"], new TextClassifierOptions { Precision = TablePrecision.Full });
        using var quantized = TextClassifier.Load(_folder["student"]);
        string[] texts = [.. StudentTests.Texts, string.Join(' ', Enumerable.Repeat("the film is unbelievably good", 100))];
        foreach (string text in texts)
        {
            float[] expected = student.Logits([text], TestContext.Current.CancellationToken).Values;
            float[] exact = new float[2], rounded = new float[2];
            full.Logits(text, exact);
            quantized.Logits(text, rounded);
            for (int c = 0; c < expected.Length; c++)
            {
                Assert.Equal(expected[c], exact[c], Tolerances.FoldedLogit);
                Assert.Equal(expected[c], rounded[c], Tolerances.QuantizedLogit);
            }
        }
    }
}
