using Retort.Distillation;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Teachers;
using Retort.Training;
using Retort.Transfer.Augmentation;

namespace Retort.Tests.Pipeline;

/// <summary>Each bad value of each option that has a range, given as a recipe gives it.</summary>
public sealed class OptionRangeTests
{
    [Theory]
    [InlineData("name=", "is empty: expected a name for the folder of the run")]
    [InlineData("name=a/b", "is 'a/b': expected a name that a folder can have")]
    [InlineData("name=..", "is '..': expected a name that a folder can have")]
    [InlineData("runs=", "is empty: expected a folder")]
    [InlineData("teacher.encoder=", "is empty: expected minilm, a folder")]
    [InlineData("teacher.layers=-1", "is -1: expected a number of at least 0")]
    [InlineData("teacher.frozen_layers=-1", "is -1: expected a number of at least 0")]
    [InlineData("teacher.max_length=2", "is 2: expected a number of at least 3")]
    [InlineData("teacher.epochs=0", "is 0: expected a number of at least 1")]
    [InlineData("teacher.batch_size=0", "is 0: expected a number of at least 1")]
    [InlineData("teacher.learning_rate=0", "is 0: expected a number above 0")]
    [InlineData("teacher.weight_decay=-0.1", "is -0.1: expected a number of at least 0")]
    [InlineData("teacher.warmup_fraction=1.1", "is 1.1: expected a number from 0 to 1")]
    [InlineData("teacher.warmup_fraction=-0.1", "is -0.1: expected a number from 0 to 1")]
    [InlineData("teacher.clip_norm=-1", "is -1: expected a number of at least 0")]
    [InlineData("teacher.dropout=1", "is 1: expected a number from 0 to below 1")]
    [InlineData("teacher.evaluations_per_epoch=0", "is 0: expected a number of at least 1")]
    [InlineData("teacher.patience=-1", "is -1: expected a number of at least 0")]
    [InlineData("teacher.metric=agreement", "is agreement, which compares a student with its teacher: expected accuracy or macro_f1")]
    [InlineData("transfer.limit=-1", "is -1: expected a number of at least 0")]
    [InlineData("transfer.near_duplicates=0.2", "is 0.2: expected a number from 0.3 to 1")]
    [InlineData("transfer.min_confidence=1", "is 1: expected a number from 0 to below 1")]
    [InlineData("transfer.min_confidence=-0.1", "is -0.1: expected a number from 0 to below 1")]
    [InlineData("augmentation.copies=-1", "is -1: expected a number from 0 to 1000")]
    [InlineData("augmentation.neighbours=0", "is 0: expected a number from 1 to 1000")]
    [InlineData("augmentation.mask=1.1", "is 1.1: expected a number from 0 to 1")]
    [InlineData("augmentation.mask=0.95", "and replace, predict, delete are 1.05 together: expected at most 1")]
    [InlineData("augmentation.replace=-0.1", "is -0.1: expected a number from 0 to 1")]
    [InlineData("augmentation.ngram=2", "is 2: expected a number from 0 to 1")]
    [InlineData("augmentation.chinese=syllables", "is 'syllables': expected one of words, characters")]
    [InlineData("signals.batch_tokens=0", "is 0: expected a number of at least 1")]
    [InlineData("signals.batch_tokens=127", "is 127: expected at least teacher.max_length, 128")]
    [InlineData("signals.shard_size=0", "is 0: expected a number of at least 1")]
    [InlineData("student.windows=[]", "is an empty list: expected at least one number")]
    [InlineData("student.windows=[3, 0]", "is 0: expected a number from 1 to 258")]
    [InlineData("student.windows=[259]", "is 259: expected a number from 1 to 258")]
    [InlineData("student.windows=[3, 3]", "holds 3 twice")]
    [InlineData("student.filters=0", "is 0: expected a number of at least 1")]
    [InlineData("student.embedding_width=0", "is 0: expected a number of at least 1")]
    [InlineData("student.ngram_buckets=-1", "is -1: expected a number of at least 0")]
    [InlineData("student.ngram_width=0", "is 0: expected a number of at least 1")]
    [InlineData("student.hidden_width=-1", "is -1: expected a number of at least 0")]
    [InlineData("student.dropout=-0.5", "is -0.5: expected a number from 0 to below 1")]
    [InlineData("student.token_dropout=1", "is 1: expected a number from 0 to below 1")]
    [InlineData("student.embeddings=", "is empty: expected random, teacher or a file of word vectors")]
    [InlineData("student.min_token_count=0", "is 0: expected a number of at least 1")]
    [InlineData("student.min_ngram_count=-1", "is -1: expected a number of at least 0")]
    [InlineData("student.max_length=0", "is 0: expected a number of at least 1")]
    [InlineData("warm_up.task=hidden", "is 'hidden': expected one of none, pooled_state, masked_tokens, views")]
    [InlineData("warm_up.mask=1", "is 1: expected a number from 0 to below 1")]
    [InlineData("warm_up.temperature=0", "is 0: expected a number above 0")]
    [InlineData("warm_up.epochs=0", "is 0: expected a number of at least 1")]
    [InlineData("warm_up.batch_size=0", "is 0: expected a number of at least 1")]
    [InlineData("warm_up.learning_rate=0", "is 0: expected a number above 0")]
    [InlineData("warm_up.embedding_learning_rate=-1", "is -1: expected a number of at least 0")]
    [InlineData("warm_up.weight_decay=-1", "is -1: expected a number of at least 0")]
    [InlineData("warm_up.warmup_fraction=2", "is 2: expected a number from 0 to 1")]
    [InlineData("warm_up.clip_norm=-1", "is -1: expected a number of at least 0")]
    [InlineData("warm_up.evaluations_per_epoch=0", "is 0: expected a number of at least 1")]
    [InlineData("distillation.epochs_without_teacher=-1", "is -1: expected a number of at least 0")]
    [InlineData("distillation.temperature=0", "is 0: expected a number above 0")]
    [InlineData("distillation.soft_label_weight=-1", "is -1: expected a number of at least 0")]
    [InlineData("distillation.soft_label_weight=0", "and distillation.hard_label_weight are both 0")]
    [InlineData("distillation.hard_label_weight=-1", "is -1: expected a number of at least 0")]
    [InlineData("distillation.epochs=0", "is 0: expected a number of at least 1")]
    [InlineData("distillation.batch_size=0", "is 0: expected a number of at least 1")]
    [InlineData("distillation.learning_rate=-1e-3", "is -0.001: expected a number above 0")]
    [InlineData("distillation.embedding_learning_rate=-1", "is -1: expected a number of at least 0")]
    [InlineData("distillation.ngram_learning_rate=-1", "is -1: expected a number of at least 0")]
    [InlineData("distillation.weight_decay=-1", "is -1: expected a number of at least 0")]
    [InlineData("distillation.warmup_fraction=2", "is 2: expected a number from 0 to 1")]
    [InlineData("distillation.clip_norm=-1", "is -1: expected a number of at least 0")]
    [InlineData("distillation.ema_decay=1", "is 1: expected a number from 0 to below 1")]
    [InlineData("distillation.evaluations_per_epoch=0", "is 0: expected a number of at least 1")]
    [InlineData("distillation.patience=-1", "is -1: expected a number of at least 0")]
    [InlineData("distillation.seeds=[]", "is an empty list: expected at least one number")]
    [InlineData("distillation.seeds=[-1]", "is -1: expected a number from 0 to")]
    [InlineData("machine.threads=-1", "is -1: expected a number from 0 to 1024")]
    [InlineData("machine.threads=1025", "is 1025: expected a number from 0 to 1024")]
    public void A_value_out_of_its_range_is_refused_by_key(string assignment, string message)
    {
        string key = assignment[..assignment.IndexOf('=', StringComparison.Ordinal)];
        var error = Assert.Throws<UsageException>(() => Recipe.Default([RecipeOverride.Parse(assignment)]));
        Assert.Equal(key, error.Key);
        Assert.Contains($"--set {assignment}: {key} {message}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dev_fraction: 0", "r.yaml:3: data.dev_fraction is 0")]
    [InlineData("test_fraction: 1", "r.yaml:3: data.test_fraction is 1")]
    [InlineData("label_separator: \"\\n\"", "r.yaml:3: data.label_separator holds a tab or an end of line")]
    public void The_options_of_the_data_are_checked_once_there_is_data(string line, string message)
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse($"data:\n  train: t.tsv\n  {line}\n", "r.yaml"));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_of_a_recipe_has_the_line()
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse("distillation:\n  soft_label_loss: kl\n  temperature: 0\n", "r.yaml"));
        Assert.Equal("r.yaml:3: distillation.temperature is 0: expected a number above 0", error.Message);
    }

    [Fact]
    public void Options_made_in_code_are_checked_where_YAML_cannot_go_wrong()
    {
        Assert.Throws<UsageException>(() => new TeachOptions { LearningRate = double.NaN }.Validate());
        Assert.Throws<UsageException>(() => new TeachOptions { LearningRate = double.PositiveInfinity }.Validate());
        Assert.Throws<UsageException>(() => new TeachOptions { WarmupFraction = double.NaN }.Validate());
        Assert.Throws<UsageException>(() => new TeachOptions { LongText = (LongText)9 }.Validate());
        Assert.Throws<UsageException>(() => new TeachOptions { ClassWeights = (ClassWeights)9 }.Validate());
        Assert.Throws<UsageException>(() => new StudentOptions { Dropout = double.NaN }.Validate());
        Assert.Throws<UsageException>(() => new AugmentationOptions { Swap = double.NaN }.Validate());
        Assert.Throws<UsageException>(() => new AugmentationOptions { Chinese = (ChineseUnit)9 }.Validate());
        Assert.Throws<UsageException>(() => new AugmentationOptions { Copies = 1, Mask = 0, Replace = 0, Ngram = 0 }.Validate());
        Assert.Throws<UsageException>(() => new StudentOptions { Activation = (Activation)9 }.Validate());
        Assert.Throws<UsageException>(() => new StudentOptions { Pooling = (Pooling)9 }.Validate());
        Assert.Throws<UsageException>(() => new DistillationOptions { ClipNorm = double.PositiveInfinity }.Validate());
        Assert.Throws<UsageException>(() => new DistillationOptions { SoftLabelLoss = (SoftLabelLoss)9 }.Validate());
        Assert.Throws<UsageException>(() => new DistillationOptions { Decay = (Decay)9 }.Validate());
        Assert.Throws<UsageException>(() => new DistillationOptions { Metric = (DevMetric)9 }.Validate());
        Assert.Throws<UsageException>(() => new MachineOptions { Device = (DeviceChoice)9 }.Validate());
    }
}
