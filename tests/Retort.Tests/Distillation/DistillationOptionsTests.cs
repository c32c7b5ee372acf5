using Retort.Data;
using Retort.Distillation;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tests.Distillation;

public sealed class DistillationOptionsTests
{
    [Theory]
    [InlineData("soft_label_loss: decoupled_kl", 2, "distillation.soft_label_loss is decoupled_kl, and there are two classes")]
    [InlineData("soft_label_loss: kl\n  standardize_logits: true", 2, "distillation.standardize_logits is true, and there are two classes")]
    [InlineData("soft_label_loss: decoupled_kl", 0, "distillation.soft_label_loss goes by one distribution over the classes, and the task is multi-label")]
    [InlineData("soft_label_loss: kl\n  standardize_logits: true", 0, "distillation.standardize_logits goes by one distribution")]
    [InlineData("soft_label_loss: kl\n  sample_temperature: student", 0, "distillation.sample_temperature goes by one distribution")]
    [InlineData("sample_weight: uncertainty", 0, "distillation.sample_weight goes by one distribution")]
    [InlineData("label_mixing: correctness", 0, "distillation.label_mixing goes by one distribution")]
    public void What_does_not_go_with_the_task_is_refused(string lines, int classes, string message)
    {
        DistillationOptions options = Recipe.Parse($"distillation:\n  {lines}\n", "r.yaml").Distillation;
        var error = Assert.Throws<UsageException>(() => options.RequireFor(classes == 0 ? TaskKind.MultiLabel : TaskKind.SingleLabel, classes == 0 ? 4 : classes));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(message[..message.IndexOf(' ', StringComparison.Ordinal)], error.Key);
        options.RequireFor(TaskKind.SingleLabel, 3);
    }

    [Theory]
    [InlineData("standardize_logits: true", "standardize_logits has no effect while distillation.soft_label_loss is mse")]
    [InlineData("sample_temperature: teacher", "sample_temperature has no effect while distillation.soft_label_loss is mse")]
    [InlineData("soft_label_loss: kl\n  target_weight: 2", "target_weight has no effect while distillation.soft_label_loss is kl")]
    [InlineData("non_target_weight: 2", "non_target_weight has no effect while distillation.soft_label_loss is mse")]
    [InlineData("soft_label_weight: 0\n  hard_label_weight: 1\n  sample_weight: uncertainty", "sample_weight has no effect while distillation.soft_label_weight is 0")]
    [InlineData("soft_label_weight: 0\n  hard_label_weight: 1\n  label_mixing: correctness", "label_mixing has no effect while distillation.soft_label_weight is 0")]
    [InlineData("soft_label_loss: kl\n  temperature: 1\n  sample_temperature: student", "sample_temperature has no effect while distillation.temperature is 1")]
    [InlineData("soft_label_loss: decoupled_kl\n  target_weight: 0\n  non_target_weight: 0", "target_weight and distillation.non_target_weight are both 0: expected at least one above 0")]
    [InlineData("soft_label_loss: decoupled_kl\n  target_weight: -1", "target_weight is -1: expected a number of at least 0")]
    [InlineData("soft_label_loss: decoupled_kl\n  non_target_weight: -1", "non_target_weight is -1: expected a number of at least 0")]
    [InlineData("sample_weight: entropy", "sample_weight is 'entropy': expected one of none, uncertainty")]
    public void An_option_without_effect_or_out_of_range_is_refused(string lines, string message)
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse($"distillation:\n  {lines}\n", "r.yaml"));
        Assert.Contains($"distillation.{message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_without_teacher_has_none_of_them()
    {
        var options = new DistillationOptions
        {
            SoftLabelLoss = SoftLabelLoss.DecoupledKl,
            SampleTemperature = SampleTemperature.Teacher,
            TargetWeight = 2,
            NonTargetWeight = 3,
            StandardizeLogits = true,
            SampleWeight = SampleWeight.Uncertainty,
            LabelMixing = LabelMixing.Correctness,
            HiddenWeight = 1,
            TermWeights = TermWeights.Uncertainty,
            Seeds = [],
        };
        Assert.Equal(ContentHash.OfRecord(new DistillationOptions { Seeds = [] }), ContentHash.OfRecord(options.Of(withTeacher: false)));
        Assert.Throws<UsageException>((options with { SampleTemperature = (SampleTemperature)9 }).Validate);
        Assert.Throws<UsageException>((options with { SampleWeight = (SampleWeight)9 }).Validate);
        Assert.Throws<UsageException>((options with { LabelMixing = (LabelMixing)9 }).Validate);
        Assert.Throws<UsageException>((options with { TargetWeight = double.NaN }).Validate);
    }
}
