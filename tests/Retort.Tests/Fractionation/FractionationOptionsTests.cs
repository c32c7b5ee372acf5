using Retort.Fractionation;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tests.Fractionation;

/// <summary>The section <c>fractionation</c> of a recipe: defaults, bad values, and what has no effect.</summary>
public sealed class FractionationOptionsTests
{
    [Fact]
    public void By_default_nothing_is_chosen()
    {
        FractionationOptions options = Recipe.Default([]).Fractionation;
        Assert.False(options.IsOn);
        Assert.False(options.Chooses);
        Assert.Equal((Selection.Sample, 0.3, Schedule.Constant, ScoreCombination.RankMean), (options.Select, options.Fraction, options.Schedule, options.Combine));
        Assert.Equal([0.5, 0.3, 1], options.StageFractions);
        Assert.Equal([0.3, 0.8, 1], options.StageEnds);
    }

    [Fact]
    public void A_recipe_names_scores_and_rules()
    {
        FractionationOptions options = Recipe.Parse("""
            fractionation:
              scores: [least_confidence, forgetting]
              combine: filter_then_weight
              select: band
              band_centre: 0.7
              schedule: stages
              stage_fractions: [0.2, 1]
              stage_ends: [0.5, 1]
              class_balance: prior
              class_prior: [0.25, 0.75]
            """, "r.yaml").Fractionation;
        Assert.Equal([Score.LeastConfidence, Score.Forgetting], options.Scores);
        Assert.Equal((ScoreCombination.FilterThenWeight, Selection.Band, 0.7, Schedule.Stages), (options.Combine, options.Select, options.BandCentre, options.Schedule));
        Assert.Equal([0.2, 1], options.StageFractions);
        Assert.Equal([0.25, 0.75], options.ClassPrior);
        Assert.True(options.FollowsStudent);
        Recipe single = Recipe.Parse("fractionation: {scores: entropy}", "r.yaml");
        Assert.Equal([Score.Entropy], single.Fractionation.Scores);
        Assert.Equal([Score.Entropy], Recipe.Parse(single.ToYaml(commented: true), "r.yaml").Fractionation.Scores);
    }

    [Theory]
    [InlineData("scores: [entropi]", "fractionation.scores is 'entropi': expected one of random, random_anew, entropy, margin, least_confidence, likeness, density_ratio, language_model, farthest_first, facility_location, uncertainty, divergence, variability, forgetting; did you mean entropy?")]
    [InlineData("scores: [random, random]", "fractionation.scores holds one score twice: expected each once")]
    [InlineData("scores: [entropy]\n  folds: 1", "fractionation.folds is 1: expected a number from 2 to 100")]
    [InlineData("scores: [entropy]\n  proxy: fine_tuned", "fractionation.proxy is 'fine_tuned': expected a finished model, a file of its answers or command:LINE")]
    [InlineData("scores: [entropy]\n  proxy: 'command: '", "fractionation.proxy is 'command: ': expected a finished model, a file of its answers or command:LINE")]
    [InlineData("scores: [entropy]\n  proxy: hf:org/small\n  folds: 2", "fractionation.proxy is hf:org/small, and fractionation.folds is 2: expected one of both, since scores go by the answers of one")]
    [InlineData("scores: [random]\n  fraction: 0", "fractionation.fraction is 0: expected a share above 0, of at most 1")]
    [InlineData("scores: [random]\n  fraction: 1.1", "fractionation.fraction is 1.1: expected a share above 0, of at most 1")]
    [InlineData("scores: [random]\n  fraction: NaN", "fractionation.fraction is 'NaN': expected a number")]
    [InlineData("scores: [random]\n  fraction: half", "fractionation.fraction is 'half': expected a number")]
    [InlineData("scores: [random]\n  select: best", "fractionation.select is 'best': expected one of highest, lowest, band, sample")]
    [InlineData("scores: [random]\n  select: band\n  band_centre: 1.5", "fractionation.band_centre is 1.5: expected a number from 0 to 1")]
    [InlineData("scores: [random]\n  unchosen: labels", "fractionation.unchosen is 'labels': expected one of left_out, label; did you mean label?")]
    [InlineData("scores: [random]\n  unchosen: label\n  class_balance: inverse", "fractionation.unchosen is label, and fractionation.class_balance says how often the chosen texts are seen, which the others would upset: expected one of both")]
    [InlineData("scores: [random]\n  unchosen: label\n  importance_cap: 2\n  target: t.tsv", "fractionation.unchosen is label, and fractionation.importance_cap says")]
    [InlineData("scores: [entropy, margin]\n  combine: filter_then_weight\n  unchosen: label", "fractionation.unchosen is label, and fractionation.combine says")]
    [InlineData("scores: [entropy]\n  proxy: hf:org/small\nteacher: {sources: [hf:org/large, hf:org/small]}", "fractionation.proxy is hf:org/small, which teacher.sources names, too: expected another teacher, or none")]
    [InlineData("scores: [random]\n  unchosen: label\ndistillation:\n  hidden_weight: 1", "fractionation.unchosen is label, by which texts that are not chosen are learnt from their labels alone, and distillation.hidden_weight is above 0, by which all texts are learnt from the teacher's states: expected one of both")]
    [InlineData("scores: [random]\n  unchosen: label\ndistillation:\n  hard_label_weight: 1\n  term_weights: uncertainty", "and distillation.term_weights is uncertainty, which compares terms of the same texts: expected one of both")]
    [InlineData("scores: [random]\n  sample_temperature: 0", "fractionation.sample_temperature is 0: expected a number above 0")]
    [InlineData("scores: [random]\n  schedule: linear\n  first_fraction: 0", "fractionation.first_fraction is 0: expected a share above 0, of at most 1")]
    [InlineData("scores: [random]\n  schedule: adaptive\n  first_fraction: 0.2", "fractionation.first_fraction is 0.2, and adaptive goes from it down to fraction, 0.3: expected at least as much")]
    [InlineData("scores: [divergence]\n  refresh_steps: -1", "fractionation.refresh_steps is -1: expected a number of at least 0")]
    [InlineData("scores: [random]\n  schedule: stages\n  stage_ends: [0.5, 0.4, 1]", "fractionation.stage_ends is 0.5, 0.4, 1: expected shares of the steps that rise from above 0 to 1, so that stages neither overlap nor leave a gap")]
    [InlineData("scores: [random]\n  schedule: stages\n  stage_ends: [0.3, 0.3, 1]", "fractionation.stage_ends is 0.3, 0.3, 1: expected")]
    [InlineData("scores: [random]\n  schedule: stages\n  stage_ends: [0, 0.3, 1]", "fractionation.stage_ends is 0, 0.3, 1: expected")]
    [InlineData("scores: [random]\n  schedule: stages\n  stage_ends: [0.3, 0.8, 0.9]", "fractionation.stage_ends is 0.3, 0.8, 0.9: expected")]
    [InlineData("scores: [random]\n  schedule: stages\n  stage_ends: [0.5, 1]", "fractionation.stage_fractions names 3 stages and stage_ends 2: expected as many, and at least one")]
    [InlineData("scores: [random]\n  schedule: stages\n  stage_fractions: []\n  stage_ends: []", "fractionation.stage_fractions names 0 stages and stage_ends 0: expected as many, and at least one")]
    [InlineData("scores: [random]\n  schedule: stages\n  stage_fractions: [0.5, 0, 1]", "fractionation.stage_fractions is 0: expected a share above 0, of at most 1")]
    [InlineData("scores: [random]\n  schedule: rounds\n  rounds: 0", "fractionation.rounds is 0: expected a number from 1 to 1000")]
    [InlineData("scores: [random]\n  fraction: 1", "fractionation.fraction is 1, so that all texts are learnt from and fractionation.scores has no effect: choose a fraction below 1, or leave scores empty")]
    [InlineData("scores: [entropy, margin]\n  select: highest\n  fraction: 1\n  class_balance: inverse", "fractionation.fraction is 1, so that all texts")]
    [InlineData("scores: [random]\n  fraction: 1\n  schedule: linear", "fractionation.fraction is 1, so that all texts")]
    [InlineData("scores: [random]\n  fraction: 1\n  schedule: rounds\n  rounds: 1", "fractionation.fraction is 1, so that all texts")]
    [InlineData("scores: [random]\n  schedule: stages\n  stage_fractions: [1, 1]\n  stage_ends: [0.5, 1]", "fractionation.stage_fractions is 1, 1, so that all texts are learnt from and fractionation.scores has no effect: choose a fraction below 1, or leave scores empty")]
    [InlineData("scores: [likeness]", "fractionation.target is empty, and likeness goes by it: expected a file of texts of the domain that the student is for")]
    [InlineData("importance_cap: 5", "fractionation.target is empty, and importance_cap is set: expected a file of texts of the domain that the student is for")]
    [InlineData("importance_cap: 0.5\n  target: t.tsv", "fractionation.importance_cap is 0.5: expected a number of at least 1")]
    [InlineData("near_duplicates: 0.4", "fractionation.near_duplicates is 0.4: expected a number from 0.5 to 1")]
    [InlineData("scores: [likeness]\n  target: t.tsv\n  neighbours: 0", "fractionation.neighbours is 0: expected a number of at least 1")]
    [InlineData("class_balance: effective_number\n  effective_number_beta: 1", "fractionation.effective_number_beta is 1: expected a number from 0 to below 1")]
    [InlineData("class_balance: prior", "fractionation.class_prior is empty, and class_balance is prior: expected the share of each class")]
    [InlineData("class_balance: prior\n  class_prior: [0.5, 0.4]", "fractionation.class_prior is 0.5, 0.4: expected shares of at least 0 that sum to 1")]
    [InlineData("class_balance: prior\n  class_prior: [1.5, -0.5]", "fractionation.class_prior is 1.5, -0.5: expected shares of at least 0 that sum to 1")]
    [InlineData("logit_adjustment: -1", "fractionation.logit_adjustment is -1: expected a number of at least 0")]
    public void A_bad_value_is_refused_with_the_key_and_what_was_expected(string lines, string message)
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse($"fractionation:\n  {lines}\n", "r.yaml"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("r.yaml:", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select: highest", "fractionation.select", "fractionation.scores is empty")]
    [InlineData("fraction: 0.5", "fractionation.fraction", "fractionation.scores is empty")]
    [InlineData("compare: true", "fractionation.compare", "fractionation.scores is empty")]
    [InlineData("unchosen: label", "fractionation.unchosen", "fractionation.scores is empty")]
    [InlineData("scores: [entropy]\n  unchosen: label\ndata: {unlabelled: true}\nteacher: {sources: hf:org/model}", "fractionation.unchosen", "data.unlabelled is true: students are chosen by agreement with the teacher")]
    [InlineData("class_quota: equal", "fractionation.class_quota", "fractionation.scores is empty")]
    [InlineData("schedule: linear", "fractionation.schedule", "fractionation.scores is empty")]
    [InlineData("scores: [divergence]\n  folds: 3", "fractionation.folds", "fractionation.scores names none of entropy, margin and least_confidence")]
    [InlineData("scores: [divergence]\n  proxy: hf:org/small", "fractionation.proxy", "fractionation.scores names none of entropy, margin and least_confidence")]
    [InlineData("scores: [entropy]\n  combine: product", "fractionation.combine", "fractionation.scores names one")]
    [InlineData("scores: [entropy]\n  band_centre: 0.4", "fractionation.band_centre", "fractionation.select is sample")]
    [InlineData("scores: [entropy]\n  select: lowest\n  sample_temperature: 1", "fractionation.sample_temperature", "fractionation.select is lowest")]
    [InlineData("scores: [entropy]\n  stage_ends: [0.2, 0.5, 1]", "fractionation.stage_ends", "fractionation.schedule is constant")]
    [InlineData("scores: [entropy]\n  schedule: cosine\n  stage_fractions: [0.2, 0.5, 1]", "fractionation.stage_fractions", "fractionation.schedule is cosine")]
    [InlineData("scores: [entropy]\n  schedule: stages\n  fraction: 0.2", "fractionation.fraction", "fractionation.schedule is stages")]
    [InlineData("scores: [entropy]\n  first_fraction: 0.9", "fractionation.first_fraction", "fractionation.schedule is constant")]
    [InlineData("scores: [entropy]\n  refresh_steps: 10", "fractionation.refresh_steps", "fractionation.schedule is constant and no score is of the student")]
    [InlineData("scores: [entropy]\n  schedule: rounds\n  first_fraction: 0.9", "fractionation.first_fraction", "fractionation.schedule is rounds")]
    [InlineData("scores: [entropy]\n  rounds: 3", "fractionation.rounds", "fractionation.schedule is constant")]
    [InlineData("scores: [entropy]\n  target: t.tsv", "fractionation.target", "no score goes by a target, and fractionation.importance_cap is 0")]
    [InlineData("scores: [language_model]\n  target: t.tsv\n  neighbours: 5", "fractionation.neighbours", "fractionation.scores does not name likeness")]
    [InlineData("class_balance: inverse\n  effective_number_beta: 0.9", "fractionation.effective_number_beta", "fractionation.class_balance is inverse")]
    [InlineData("class_prior: [0.5, 0.5]", "fractionation.class_prior", "fractionation.class_balance is none")]
    public void An_option_that_would_be_ignored_is_refused(string lines, string key, string reason)
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse($"fractionation:\n  {lines}\n", "r.yaml"));
        Assert.Contains($"{key} has no effect while {reason}: remove it, or change the other option", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scores: [divergence]\n  refresh_steps: 10")]
    [InlineData("scores: [entropy, margin]\n  fraction: 1\n  combine: filter_then_weight")]
    [InlineData("scores: [entropy]\n  fraction: 1\n  schedule: linear\n  first_fraction: 0.5")]
    [InlineData("scores: [entropy]\n  fraction: 1\n  schedule: rounds")]
    [InlineData("scores: [entropy]\n  schedule: linear\n  refresh_steps: 10\n  first_fraction: 0.1")]
    [InlineData("scores: [entropy, margin]\n  combine: product\n  select: band\n  band_centre: 0.2")]
    [InlineData("class_balance: effective_number\n  effective_number_beta: 0.9")]
    [InlineData("scores: [random, margin]\n  folds: 3\nteacher:\n  sources: t.tsv\n  epochs: 2\n  encoder: minilm")]
    public void An_option_that_has_an_effect_is_taken(string lines) => Assert.True(Recipe.Parse($"fractionation:\n  {lines}\n", "r.yaml").Fractionation.IsOn);

    [Theory]
    [InlineData("scores: [entropy]\n  proxy: 'command:small'\nteacher: {sources: t.tsv}\nsignals: {command_timeout: 9}")]
    [InlineData("scores: [entropy]\n  proxy: hf:org/small\nteacher: {sources: t.tsv}\nsignals: {batch_tokens: 999, onnx_output: logits}")]
    public void How_texts_are_labelled_holds_for_a_proxy_too(string lines) => Assert.True(Recipe.Parse($"fractionation:\n  {lines}\n", "r.yaml").Fractionation.AsksProxy);

    [Fact]
    public void The_control_needs_no_encoders_of_its_own()
    {
        Assert.Equal(0, new FractionationOptions { Scores = [Score.Entropy], Folds = 3 }.AtRandom().Folds);
        Assert.Equal("", new FractionationOptions { Scores = [Score.Entropy], Proxy = "small" }.AtRandom().Proxy);
    }

    [Theory]
    [InlineData(Schedule.Rounds, "", false, Score.Uncertainty)]
    [InlineData(Schedule.Rounds, "small", false, Score.Entropy, Score.Margin)]
    [InlineData(Schedule.Rounds, "small", true, Score.Entropy, Score.Divergence)]
    [InlineData(Schedule.Rounds, "", true, Score.Entropy)]
    [InlineData(Schedule.Constant, "small", true, Score.Entropy)]
    public void The_teacher_labels_all_texts_unless_nothing_that_chooses_needs_its_word(Schedule schedule, string proxy, bool all, params Score[] scores) =>
        Assert.Equal(all, !new FractionationOptions { Scores = scores, Schedule = schedule, Proxy = proxy }.LabelsLater);

    [Fact]
    public void Options_made_in_code_are_checked_where_YAML_cannot_go_wrong()
    {
        FractionationOptions options = new() { Scores = [Score.Random] };
        options.Validate();
        Assert.Throws<UsageException>((options with { Scores = [(Score)99] }).Validate);
        Assert.Throws<UsageException>((options with { Combine = (ScoreCombination)99 }).Validate);
        Assert.Throws<UsageException>((options with { Select = (Selection)99 }).Validate);
        Assert.Throws<UsageException>((options with { ClassQuota = (ClassQuota)99 }).Validate);
        Assert.Throws<UsageException>((options with { Unchosen = (Unchosen)99 }).Validate);
        Assert.Throws<UsageException>((options with { ClassBalance = (ClassBalance)99 }).Validate);
        Assert.Throws<UsageException>((options with { Schedule = (Schedule)99 }).Validate);
        Assert.Throws<UsageException>((options with { Fraction = double.NaN }).Validate);
        Assert.Throws<UsageException>((options with { FirstFraction = double.NaN }).Validate);
        Assert.Throws<UsageException>((options with { StageEnds = [double.NaN, 0.8, 1] }).Validate);
        Assert.Throws<UsageException>((options with { StageFractions = [0.5, double.NaN, 1] }).Validate);
        Assert.Throws<UsageException>((options with { ClassPrior = [double.NaN, 1] }).Validate);
        Assert.Throws<UsageException>((options with { LogitAdjustment = double.NaN }).Validate);
        Assert.Throws<UsageException>((options with { SampleTemperature = double.NaN }).Validate);
    }
}
