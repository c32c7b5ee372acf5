using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Teachers;

/// <summary>
/// Against tools/encoder-golden/encoder_golden.py, which writes tiny models and computes them with NumPy in double precision, each
/// text by itself: <c>encoder_golden.py tests/Retort.Tests/Teachers/golden</c>.
/// </summary>
public sealed class EncoderParityTests
{
    [Theory]
    [InlineData("distilbert")]
    [InlineData("roberta")]
    [InlineData("albert")]
    [InlineData("albert-groups")]
    public void A_tiny_classifier_agrees_with_numpy(string model)
    {
        using Teacher teacher = Teacher.Load(GoldenEncoders.Place(model), CPU);
        GoldenEncoders.Compare(teacher, $"{model}/golden.json", Tolerances.TinyEncoderStates, hasLogits: true);
    }
}
