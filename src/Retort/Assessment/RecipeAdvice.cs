using Retort.Data;
using Retort.Distillation;
using Retort.Fractionation;
using Retort.Pipeline;
using Retort.Teachers;
using Retort.Training;

namespace Retort.Assessment;

/// <summary>Choices that the data speak for. What a recipe sets otherwise than by default is left as it is.</summary>
public static class RecipeAdvice
{
    /// <summary>Steps that a student is given at least, where texts are few; the shipped recipes have 1,000 to 3,000.</summary>
    private const int Steps = 1500;

    private const int FewestEpochs = 3, MostEpochs = 40, FewTexts = 10_000, VeryFewTexts = 3000, LeastLength = 16, MostLength = 512, Round = 16;

    private const double Unbalanced = 5;

    /// <summary>The recipe with these choices, and a line on each.</summary>
    /// <param name="recipe">What is decided already.</param>
    /// <param name="facts">Of the labelled texts.</param>
    /// <param name="unlabelled">Further texts of the transfer set.</param>
    public static (Recipe Recipe, IReadOnlyList<string> Choices) For(Recipe recipe, DataFacts facts, long unlabelled)
    {
        var standard = new Recipe();
        var choices = new List<string>();
        if (facts.Leaks > 0 && recipe.Data.Leaks == LeakPolicy.Stop)
            Take($"data.leaks: drop, because {facts.Leaks:#,0} rows of dev or test stand twice", recipe with { Data = recipe.Data with { Leaks = LeakPolicy.Drop } });
        bool fineTunes = recipe.Teacher.Parsed().Any(teacher => teacher.Kind == TeacherKind.FineTuned);
        if (facts.Tokens is { } tokens && fineTunes && recipe.Teacher.MaxLength == standard.Teacher.MaxLength)
        {
            int length = Math.Clamp((tokens.P99 + 2 + Round - 1) / Round * Round, LeastLength, MostLength);
            if (length != recipe.Teacher.MaxLength && length <= recipe.Labelling.BatchTokens)
                Take($"teacher.max_length: {length}, because 99 of 100 texts have at most {tokens.P99} tokens", recipe with { Teacher = recipe.Teacher with { MaxLength = length } });
        }
        bool labelsAnything = recipe.Teacher.Parsed().Any(teacher => teacher.Kind != TeacherKind.File);
        if (facts.Train < FewTexts && labelsAnything && !recipe.Augmentation.IsOn && recipe.Transfer.Unlabelled.Length == 0)
        {
            int copies = facts.Train < VeryFewTexts ? 10 : 3;
            Take($"augmentation.copies: {copies}, because {facts.Train:#,0} texts are few", recipe with { Augmentation = recipe.Augmentation with { Copies = copies } });
        }
        if (recipe.Distillation.Epochs == standard.Distillation.Epochs)
        {
            long texts = (long)facts.Train * (1 + recipe.Augmentation.Copies) + unlabelled;
            int epochs = Epochs(texts, recipe.Distillation.BatchSize), alone = DistillStage.IsTaughtAlone(recipe) ? Epochs(facts.Train, recipe.Distillation.BatchSize) : epochs;
            if (epochs != recipe.Distillation.Epochs || alone != epochs)
                Take($"distillation.epochs: {epochs}, because a student wants some {Steps:#,0} steps and learns from {texts:#,0} texts", recipe with
                {
                    Distillation = recipe.Distillation with { Epochs = epochs, EpochsWithoutTeacher = alone != epochs ? alone : recipe.Distillation.EpochsWithoutTeacher },
                });
        }
        if (facts.Classes > 2 && recipe.Distillation.SoftLabelLoss == standard.Distillation.SoftLabelLoss && recipe.Distillation.SoftLabelWeight > 0)
            Take($"distillation.soft_label_loss: kl, because there are {facts.Classes} classes, whose order the teacher tells", recipe with { Distillation = recipe.Distillation with { SoftLabelLoss = SoftLabelLoss.Kl } });
        // A compressed student is not tuned on texts that are not drawn alike: who has asked for that tuning keeps it.
        bool tunes = recipe.Compression.Apply && recipe.Compression.Epochs > 0, mayBalance = !tunes || recipe.Compression.Epochs == standard.Compression.Epochs;
        if (facts.Imbalance >= Unbalanced && !recipe.Fractionation.IsOn && !recipe.Data.Unlabelled && mayBalance)
        {
            bool measures = recipe.Distillation.Metric == standard.Distillation.Metric;
            Take($"fractionation.class_balance: square_root{(measures ? ", distillation.metric: macro_f1" : "")}{(tunes ? ", compression.epochs: 0" : "")}, because the largest class has {facts.Imbalance:0.0} times the texts of the smallest", recipe with
            {
                Fractionation = recipe.Fractionation with { ClassBalance = ClassBalance.SquareRoot },
                Distillation = recipe.Distillation with { Metric = measures ? DevMetric.MacroF1 : recipe.Distillation.Metric },
                Compression = recipe.Compression with { Epochs = tunes ? 0 : recipe.Compression.Epochs },
            });
        }
        recipe.Validate();
        return (recipe, choices);

        void Take(FormattableString why, Recipe changed)
        {
            choices.Add(why.ToString(System.Globalization.CultureInfo.InvariantCulture));
            recipe = changed;
        }
    }

    /// <summary>What a choice sets, without the reason.</summary>
    internal static string SettingOf(string choice) => choice.Split(", because ")[0];

    private static int Epochs(long texts, int batch) => (int)Math.Clamp(Math.Round((double)Steps * batch / Math.Max(1, texts)), FewestEpochs, MostEpochs);
}
