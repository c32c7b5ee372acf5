using Retort.Assessment;
using Retort.Compression;
using Retort.Data;
using Retort.Distillation;
using Retort.Fractionation;
using Retort.Pipeline;
using Retort.Teachers;
using Retort.Training;
using Retort.Transfer;

namespace Retort.Tests.Assessment;

public sealed class RecipeAdviceTests
{
    private static readonly DataFacts Facts = new()
    {
        Train = 67_000,
        Dev = 800,
        Test = 800,
        Classes = 2,
        Imbalance = 1.3,
        Characters = new Lengths(50, 100, 150, 200, 55),
        Tokens = new Lengths(10, 30, 40, 60, 12),
        Duplicates = 0,
        Leaks = 0,
        Conflicts = 0,
    };

    [Fact]
    public void Many_short_texts_take_few_epochs_and_short_input()
    {
        Recipe advised = RecipeAdvice.For(new Recipe(), Facts, unlabelled: 0).Recipe;
        Assert.Equal((3, 0, 48), (advised.Distillation.Epochs, advised.Distillation.EpochsWithoutTeacher, advised.Teacher.MaxLength));
        Assert.Equal((SoftLabelLoss.Mse, ClassBalance.None, 0), (advised.Distillation.SoftLabelLoss, advised.Fractionation.ClassBalance, advised.Augmentation.Copies));
    }

    [Fact]
    public void Few_unbalanced_texts_of_many_classes_are_augmented_balanced_and_seen_often()
    {
        (Recipe advised, IReadOnlyList<string> choices) = RecipeAdvice.For(new Recipe(), Facts with { Train = 2000, Classes = 6, Imbalance = 12, Leaks = 3 }, unlabelled: 0);
        Assert.Equal((10, 9, 40), (advised.Augmentation.Copies, advised.Distillation.Epochs, advised.Distillation.EpochsWithoutTeacher));
        Assert.Equal((SoftLabelLoss.Kl, ClassBalance.SquareRoot, DevMetric.MacroF1), (advised.Distillation.SoftLabelLoss, advised.Fractionation.ClassBalance, advised.Distillation.Metric));
        Assert.Equal(LeakPolicy.Drop, advised.Data.Leaks);
        Assert.Equal(6, choices.Count);
        Assert.Equal(advised.Distillation with { Seeds = [] }, Recipe.Parse(advised.ToYaml(commented: true), "advised.yaml").Distillation with { Seeds = [] });
    }

    [Fact]
    public void Texts_without_label_count_for_the_steps_of_all_but_the_student_without_teacher()
    {
        (Recipe advised, IReadOnlyList<string> choices) = RecipeAdvice.For(new Recipe { Transfer = new TransferOptions { Unlabelled = ["more.txt"] } }, Facts with { Train = 2000 }, unlabelled: 30_000);
        Assert.Equal((6, 40), (advised.Distillation.Epochs, advised.Distillation.EpochsWithoutTeacher));
        Assert.Contains("distillation.epochs: 6, because a student wants some 1,500 steps and learns from 32,000 texts", choices);
    }

    [Fact]
    public void A_student_that_is_not_trained_is_given_no_epochs()
    {
        Recipe given = new() { Transfer = new TransferOptions { Unlabelled = ["more.txt"] }, Baseline = new() { WithoutTeacher = false } };
        Recipe advised = RecipeAdvice.For(given, Facts with { Train = 2000 }, unlabelled: 30_000).Recipe;
        Assert.Equal((6, 0), (advised.Distillation.Epochs, advised.Distillation.EpochsWithoutTeacher));
    }

    [Fact]
    public void What_the_recipe_says_stays()
    {
        var set = new Recipe { Teacher = new TeachOptions { MaxLength = 64 }, Distillation = new DistillationOptions { Epochs = 7 } };
        (Recipe advised, IReadOnlyList<string> choices) = RecipeAdvice.For(set, Facts, unlabelled: 0);
        Assert.Empty(choices);
        Assert.Equal(set, advised);
    }

    [Fact]
    public void Unbalanced_texts_change_no_metric_and_no_tuning_that_the_recipe_chose()
    {
        DataFacts unbalanced = Facts with { Imbalance = 12 };
        var set = new Recipe { Distillation = new DistillationOptions { Metric = DevMetric.Agreement, Epochs = 7 }, Compression = new CompressionOptions { Apply = true } };
        (Recipe advised, IReadOnlyList<string> choices) = RecipeAdvice.For(set, unbalanced, unlabelled: 0);
        Assert.Equal((DevMetric.Agreement, ClassBalance.SquareRoot, 0), (advised.Distillation.Metric, advised.Fractionation.ClassBalance, advised.Compression.Epochs));
        Assert.Contains("fractionation.class_balance: square_root, compression.epochs: 0, because the largest class has 12.0 times the texts of the smallest", choices);
        set = set with { Compression = set.Compression with { Epochs = 2 } };
        Assert.Equal(set with { Teacher = advised.Teacher }, RecipeAdvice.For(set, unbalanced, unlabelled: 0).Recipe);
    }

    [Fact]
    public void A_file_of_logits_cannot_label_augmented_texts()
    {
        var set = new Recipe { Teacher = new TeachOptions { Sources = ["logits.tsv"] } };
        Assert.Equal(0, RecipeAdvice.For(set, Facts with { Train = 500 }, unlabelled: 0).Recipe.Augmentation.Copies);
    }
}
