using System.Globalization;
using Retort.Runtime;

namespace Retort.Benchmarks;

/// <summary>What 8 bits cost: a distilled student's answers on test with INT8 and with single-precision tables.</summary>
internal static class Quality
{
    public static void Print(string folder, BenchCorpus corpus)
    {
        string[] texts = corpus.TestTexts(), labels = corpus.TestLabels();
        Classification[] integer = Answers(TablePrecision.Quantized), single = Answers(TablePrecision.Full);
        int different = integer.Zip(single).Count(pair => pair.First.Index != pair.Second.Index);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\n{corpus.Title}, {texts.Length:N0} of test: accuracy {Accuracy(integer):0.0000} with INT8 tables, {Accuracy(single):0.0000} with F32; {different} decisions differ"));

        Classification[] Answers(TablePrecision precision)
        {
            using TextClassifier classifier = TextClassifier.Load(folder, new() { Precision = precision });
            string? unknown = labels.FirstOrDefault(label => !classifier.Labels.Contains(label));
            return unknown is null ? classifier.ClassifyAll(texts)
                : throw new InvalidOperationException($"{folder} does not know the label {unknown} of {corpus.TestFile}");
        }

        double Accuracy(Classification[] answers) => answers.Zip(labels).Count(pair => pair.First.Label == pair.Second) / (double)labels.Length;
    }
}
