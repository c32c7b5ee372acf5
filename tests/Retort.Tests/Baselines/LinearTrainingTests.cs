using Retort.Baselines;
using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Tests.Distillation;

namespace Retort.Tests.Baselines;

public sealed class LinearTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_corpus_that_a_word_decides_is_learnt()
    {
        (LinearModel model, LinearResult result) = LinearTraining.Run(ToyCorpus.Rows(0, 60), ToyCorpus.Rows(60, 24));
        using (model)
        {
            Assert.Equal((1.0, 60), (result.DevAccuracy, result.Texts));
            Assert.True(result.Features > 20, $"{result.Features}");
            Corpus test = ToyCorpus.Rows(84, 30);
            Assert.Equal(1.0, SingleLabel.Accuracy(model.Logits(test.Texts()), test.ClassIndices()));
        }
    }

    [Fact]
    public void Two_trainings_give_the_same_logits_and_so_does_the_saved_model()
    {
        Corpus train = Noisy(), dev = ToyCorpus.Rows(60, 24);
        string[] texts = [.. dev.Texts(), "", "!!!", "nothing known 漢字"];
        using LinearModel one = LinearTraining.Run(train, dev).Model, two = LinearTraining.Run(train, dev).Model;
        one.Save(_folder["linear"]);
        using LinearModel loaded = LinearModel.Load(_folder["linear"]);
        Assert.Equal(one.Logits(texts).Values, two.Logits(texts).Values);
        Assert.Equal(one.Logits(texts).Values, loaded.Logits(texts).Values);
        loaded.Answer(texts[0]);
    }

    [Fact]
    public void Chinese_is_learnt_by_its_characters()
    {
        Assert.True(LinearFeatures.IsChinese(["今天天气 OK", "好"]));
        Assert.False(LinearFeatures.IsChinese(["a film about 漢字", "好"]));
        (LinearModel model, LinearResult result) = LinearTraining.Run(Chinese(0, 40), Chinese(40, 20));
        model.Dispose();
        Assert.Equal(1.0, result.DevAccuracy);
    }

    [Fact]
    public void Logits_stand_in_the_order_of_the_label_set_where_train_lacks_a_class()
    {
        var labels = new LabelSet(["absent", "bad", "good"]);
        using LinearModel model = LinearTraining.Run(Shifted(ToyCorpus.Rows(0, 60)), Shifted(ToyCorpus.Rows(60, 24))).Model;
        LogitTable logits = model.Logits(["the good film", "the bad film"]);
        Assert.Equal(3, logits.Classes);
        Assert.Equal([2, 1], logits.ArgMaxes());

        Corpus Shifted(Corpus corpus) => corpus with { Labels = labels, Samples = [.. corpus.Samples.Select(sample => sample with { Label = sample.Label + 1 })] };
    }

    [Fact]
    public void Texts_without_a_letter_are_no_error()
    {
        var marks = new Corpus("marks", TaskKind.SingleLabel, ToyCorpus.Labels, [.. Enumerable.Range(0, 20).Select(k => new Sample(k % 2 == 0 ? "!" : "?", k % 2))]);
        (LinearModel model, LinearResult result) = LinearTraining.Run(marks, marks);
        model.Dispose();
        Assert.Equal(1.0, result.DevAccuracy);
    }

    [Theory]
    [InlineData(TaskKind.MultiLabel, "multi-label")]
    [InlineData(TaskKind.Unlabelled, "without labels")]
    public void Other_tasks_are_refused(TaskKind kind, string what)
    {
        Corpus corpus = ToyCorpus.Rows(0, 10) with { Kind = kind };
        var error = Assert.Throws<RetortException>(() => LinearTraining.Run(corpus, corpus));
        Assert.Contains($"toy is {what}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("PK no zip")]
    public void A_model_that_is_gone_or_damaged_is_said_to_be(string? content)
    {
        Directory.CreateDirectory(_folder["linear"]);
        if (content is not null)
            File.WriteAllText(_folder["linear/model.zip"], content);
        var error = Assert.Throws<RetortException>(() => LinearModel.Load(_folder["linear"]));
        Assert.Contains("model.zip is no linear model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_questions_are_learnt()
    {
        string folder = Path.GetDirectoryName(TestPaths.Data("trec6", "train.tsv"))!;
        DataSet data = DataSet.Load(new DataOptions
        {
            Train = Path.Combine(folder, "train.tsv"),
            Dev = Path.Combine(folder, "dev.tsv"),
            Test = Path.Combine(folder, "test.tsv"),
            LabelFile = Path.Combine(folder, "labels.txt"),
            Leaks = LeakPolicy.Drop,
        });
        using LinearModel model = LinearTraining.Run(data.Train, data.Dev).Model;
        // What was measured when the features were chosen, with room for another order of the rows.
        Assert.InRange(SingleLabel.Accuracy(model.Logits(data.Test.Texts()), data.Test.ClassIndices()), 0.87, 0.93);
    }

    private static Corpus Noisy()
    {
        Corpus rows = ToyCorpus.Rows(0, 60);
        return rows with { Samples = [.. rows.Samples.Select((sample, k) => k % 7 == 0 ? sample with { Label = 1 - sample.Label } : sample)] };
    }

    private static Corpus Chinese(int start, int count) => new("zh", TaskKind.SingleLabel, ToyCorpus.Labels,
        [.. Enumerable.Range(start, count).Select(k => new Sample($"这部电影第{k}次{(k % 2 == 0 ? "真难看" : "很好看")}", k % 2))]);
}
