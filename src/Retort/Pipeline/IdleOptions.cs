using Retort.Compression;
using Retort.Distillation;
using Retort.Distillation.Alignment;
using Retort.Distillation.WarmingUp;
using Retort.Fractionation;
using Retort.Signals.Intermediate;
using Retort.Students;
using Retort.Teachers;
using Retort.Training;

namespace Retort.Pipeline;

/// <summary>Options that another option switches off: to set one is an error, and a written recipe holds it as a comment.</summary>
internal static class IdleOptions
{
    private static readonly string[] OfAnyTeacher = ["teacher.sources", "teacher.combine", "teacher.accept_weak", "teacher.encoder"];

    private static readonly (string Key, Func<Recipe, string?> Reason)[] Rules =
    [
        ("distillation.soft_label_loss", WithoutSoftLabels),
        ("distillation.sample_temperature", recipe => WithoutKl(recipe) ?? (recipe.Distillation.Temperature == 1 ? "distillation.temperature is 1" : null)),
        .. new[] { "temperature", "standardize_logits" }.Select(key => ($"distillation.{key}", (Func<Recipe, string?>)WithoutKl)),
        .. new[] { "target_weight", "non_target_weight" }.Select(key => ($"distillation.{key}", (Func<Recipe, string?>)(recipe => WithoutSoftLabels(recipe)
            ?? (recipe.Distillation.SoftLabelLoss != SoftLabelLoss.DecoupledKl ? OtherLoss(recipe) : null)))),
        ("distillation.sample_weight", WithoutSoftLabels),
        ("distillation.term_weights", recipe => recipe.Distillation.Terms > 1 ? null : "the objective has one term"),
        .. OfAlignment("hidden", recipe => recipe.Hidden, recipe => recipe.Distillation.HiddenWeight),
        .. OfAlignment("token_hidden", recipe => recipe.TokenHidden, recipe => recipe.Distillation.TokenHiddenWeight),
        .. new[] { "loss", "layers", "heads", "width", "learning_rate" }.Select(key => ($"attention.{key}",
            (Func<Recipe, string?>)(recipe => recipe.Distillation.AttentionWeight == 0 ? "distillation.attention_weight is 0" : null))),
        ("intermediate.storage", WithoutIntermediate),
        .. new[] { "precision", "budget" }.Select(key => ($"intermediate.{key}",
            (Func<Recipe, string?>)(recipe => WithoutIntermediate(recipe) ?? (recipe.Intermediate.Storage == IntermediateStorage.Online ? "intermediate.storage is online" : null)))),
        ("distillation.label_mixing", recipe => WithoutSoftLabels(recipe) ?? WithoutLabels(recipe)),
        ("transfer.limit", WithoutUnlabelledTexts),
        ("transfer.near_duplicates", WithoutFurtherTexts),
        ("transfer.min_confidence", WithoutFurtherTexts),
        ("augmentation.neighbours", recipe => WithoutAugmentation(recipe)
            ?? (recipe.Augmentation is { UsesNeighbours: false, Predict: 0 } ? "augmentation.replace, augmentation.insert and augmentation.predict are 0" : null)),
        ("augmentation.vectors", recipe => WithoutAugmentation(recipe)
            ?? (!recipe.Augmentation.UsesNeighbours ? "augmentation.replace and augmentation.insert are 0" : null)),
        .. new[] { "student.ngram_width", "student.min_ngram_count", "distillation.ngram_learning_rate" }.Select(key =>
            (key, (Func<Recipe, string?>)(recipe => recipe.Student.NgramBuckets == 0 ? "student.ngram_buckets is 0" : null))),
        ("data.dev_limit", recipe => recipe.Data.Dev.Length == 0 ? "data.dev names no file" : null),
        ("data.dev_fraction", recipe => recipe.Data.Dev.Length > 0 ? "data.dev names a file" : null),
        ("data.test_fraction", recipe => recipe.Data.Test.Length > 0 ? "data.test names a file" : null),
        ("data.split_seed", recipe => recipe.Data.TrainLimit == 0 && recipe.Data.Dev.Length > 0 && recipe.Data.Test.Length > 0
            ? "data.dev and data.test name files" : null),
        ("data.header", WithoutColumnLines),
        ("data.label_column", WithoutLabels),
        ("data.label_separator", WithoutLabels),
        ("data.conflicts", WithoutLabels),
        ("baseline.linear", WithoutLabels),
        ("baseline.without_teacher", WithoutLabels),
        ("cascade.max_rejected", recipe => WithoutLabels(recipe) ?? (recipe.Cascade.OutOfScope.Length == 0 ? "cascade.out_of_scope is empty" : null)),
        .. new[] { "epsilon", "confidence", "out_of_scope", "coverage" }.Select(key => ($"cascade.{key}", (Func<Recipe, string?>)WithoutLabels)),
        ("teacher.accept_weak", WithoutLabels),
        ("distillation.hard_label_weight", WithoutLabels),
        ("distillation.epochs_without_teacher", recipe => WithoutLabels(recipe) ?? (recipe.Baseline.WithoutTeacher ? null : "baseline.without_teacher is false")),
        ("distillation.metric", recipe => recipe.Distillation.Metric == DevMetric.Agreement ? null : WithoutLabels(recipe)),
        ("self_training.texts", WithoutSelfTraining),
        ("self_training.confidence", WithoutSelfTraining),
        ("self_training.pool", WithoutSelfTraining),
        ("teacher.combine", recipe => recipe.Teacher.Sources.Length < 2 ? "teacher.sources names one teacher" : null),
        ("teacher.encoder", recipe => HasFolder(recipe) ? WithoutFineTuning(recipe)
            : recipe.Student.Tokenizer != StudentOptions.FromTeacher && WithoutFineTuning(recipe) is not null
                ? "student.tokenizer is set, and teacher.sources does not name fine_tuned" : null),
        ("teacher.soft_labels", WithoutTeacher),
        ("teacher.class_weights", recipe => WithoutFineTuning(recipe)
            ?? (recipe.Teacher.SoftLabels.Length > 0 ? "teacher.soft_labels names a file" : null)),
        .. new[] { "signals.batch_tokens", "signals.precision" }.Select(key => (key, (Func<Recipe, string?>)(recipe => recipe.Fractionation.CrossFits || IsProxy(recipe, TeacherKind.Model) ? null : WithoutModel(recipe)))),
        ("signals.pooled_state", WithoutModel),
        ("signals.onnx_output", recipe => Has(recipe, TeacherKind.Model) || IsProxy(recipe, TeacherKind.Model) ? null : "teacher.sources names no finished model"),
        ("signals.command_timeout", recipe => Has(recipe, TeacherKind.Command) || IsProxy(recipe, TeacherKind.Command) ? null : "teacher.sources names no command"),
        ("warm_up.loss", recipe => WithoutWarmUp(recipe)
            ?? (recipe.WarmUp.Task != WarmUpTask.PooledState ? OtherTask(recipe) : null)),
        ("warm_up.mask", recipe => WithoutWarmUp(recipe)
            ?? (recipe.WarmUp.Task is not WarmUpTask.MaskedTokens and not WarmUpTask.Views ? OtherTask(recipe) : null)),
        ("warm_up.temperature", recipe => WithoutWarmUp(recipe)
            ?? (recipe.WarmUp.Task != WarmUpTask.Views ? OtherTask(recipe) : null)),
        ("fractionation.effective_number_beta", recipe => recipe.Fractionation.ClassBalance == ClassBalance.EffectiveNumber ? null
            : $"fractionation.class_balance is {RecipeSchema.SnakeCase(recipe.Fractionation.ClassBalance.ToString())}"),
        ("fractionation.class_prior", recipe => recipe.Fractionation.ClassBalance == ClassBalance.Prior ? null
            : $"fractionation.class_balance is {RecipeSchema.SnakeCase(recipe.Fractionation.ClassBalance.ToString())}"),
        ("fractionation.folds", recipe => WithoutAnswers(recipe) ?? WithoutLabels(recipe)),
        ("fractionation.proxy", WithoutAnswers),
        ("fractionation.unchosen", recipe => WithoutScores(recipe) ?? WithoutLabels(recipe)),
        ("fractionation.combine", recipe => recipe.Fractionation.Scores.Length == 1 ? "fractionation.scores names one" : WithoutScores(recipe)),
        ("fractionation.fraction", recipe => WithoutScores(recipe) ?? (recipe.Fractionation.Schedule == Schedule.Stages ? OtherSchedule(recipe) : null)),
        ("fractionation.band_centre", recipe => WithoutScores(recipe) ?? OtherSelection(recipe, Selection.Band)),
        ("fractionation.sample_temperature", recipe => WithoutScores(recipe) ?? OtherSelection(recipe, Selection.Sample)),
        ("fractionation.stage_fractions", recipe => WithoutScores(recipe) ?? (recipe.Fractionation.Schedule != Schedule.Stages ? OtherSchedule(recipe) : null)),
        ("fractionation.stage_ends", recipe => WithoutScores(recipe) ?? (recipe.Fractionation.Schedule != Schedule.Stages ? OtherSchedule(recipe) : null)),
        ("fractionation.first_fraction", recipe => WithoutScores(recipe)
            ?? (recipe.Fractionation.Schedule is Schedule.Constant or Schedule.Stages or Schedule.Rounds ? OtherSchedule(recipe) : null)),
        ("fractionation.target", recipe => recipe.Fractionation.NeedsTarget ? null : "no score goes by a target, and fractionation.importance_cap is 0"),
        ("fractionation.neighbours", recipe => WithoutScores(recipe) ?? (recipe.Fractionation.Scores.Contains(Score.Likeness) ? null : "fractionation.scores does not name likeness")),
        ("fractionation.rounds", recipe => WithoutScores(recipe) ?? (recipe.Fractionation.Schedule != Schedule.Rounds ? OtherSchedule(recipe) : null)),
        ("fractionation.refresh_steps", recipe => WithoutScores(recipe)
            ?? (recipe.Fractionation is { ScoresAnew: false, Schedule: Schedule.Constant or Schedule.Stages } ? $"{OtherSchedule(recipe)} and no score is of the student" : null)),
        ("compression.max_loss", WithoutGates),
        ("compression.min_agreement", WithoutGates),
        ("compression.min_speedup", WithoutGates),
        ("compression.percentile", recipe => WithoutCompression(recipe)
            ?? (recipe.Compression.Calibration != TableCalibration.Percentile ? $"compression.calibration is {RecipeSchema.SnakeCase(recipe.Compression.Calibration.ToString())}" : null)),
        ("compression.quantization_aware", recipe => WithoutCompression(recipe) ?? (recipe.Compression.Precision != StoredPrecision.Int8 ? "compression.precision is not int8"
            : recipe.Compression.Epochs == 0 ? "compression.epochs is 0" : null)),
        ("compression.narrow_ngrams", WithoutNgrams),
        ("compression.ngram_pruning", WithoutNgrams),
        ("compression.importance", WithoutPruning),
        ("compression.scope", WithoutPruning),
        ("compression.rounds", WithoutPruning),
        ("compression.epochs", WithoutTuning),
        ("compression.learning_rate_factor", recipe => WithoutTuning(recipe) ?? (recipe.Compression.Epochs == 0 ? "compression.epochs is 0" : null)),
        ("compression.target", recipe => WithoutTuning(recipe) ?? WithoutLabels(recipe) ?? (recipe.Compression.Epochs == 0 ? "compression.epochs is 0" : null)),
        .. RecipeSchema.Values.Select(key => key.Name)
            .Where(key => key.StartsWith("compression.", StringComparison.Ordinal) && key != "compression.apply")
            .Select(key => (key, (Func<Recipe, string?>)WithoutCompression)),
        .. new[] { "select", "class_quota", "schedule", "compare" }.Select(key => ($"fractionation.{key}", (Func<Recipe, string?>)WithoutScores)),
        .. RecipeSchema.Values.Select(key => key.Name)
            .Where(key => key.StartsWith("warm_up.", StringComparison.Ordinal) && key != "warm_up.task")
            .Select(key => (key, (Func<Recipe, string?>)WithoutWarmUp)),
        .. RecipeSchema.Values.Select(key => key.Name)
            .Where(key => key.StartsWith("teacher.", StringComparison.Ordinal) && !OfAnyTeacher.Contains(key))
            .Select(key => (key, (Func<Recipe, string?>)WithoutFineTuning)),
        .. RecipeSchema.Values.Select(key => key.Name)
            .Where(key => key.StartsWith("augmentation.", StringComparison.Ordinal) && key != "augmentation.copies")
            .Select(key => (key, (Func<Recipe, string?>)WithoutAugmentation)),
    ];

    /// <summary>Why a key has no effect in this recipe, or null where it has one.</summary>
    public static string? Reason(string key, Recipe recipe) =>
        Rules.FirstOrDefault(rule => rule.Key == key).Reason?.Invoke(recipe);

    /// <summary>Whether the teacher that scores go by in place of the teacher is of a kind.</summary>
    public static bool IsProxy(Recipe recipe, TeacherKind kind) => recipe.Fractionation.AsksProxy && NamedTeacher.Parse(recipe.Fractionation.Proxy).Kind == kind;

    private static string? WithoutLabels(Recipe recipe) =>
        recipe.Data.Unlabelled ? "data.unlabelled is true: students are chosen by agreement with the teacher" : null;

    private static string? WithoutSelfTraining(Recipe recipe) =>
        recipe.SelfTraining.Rounds == 0 ? "self_training.rounds is 0" : null;

    private static string? WithoutUnlabelledTexts(Recipe recipe) =>
        recipe.Transfer.Unlabelled.Length == 0 ? "transfer.unlabelled is empty" : null;

    private static string? WithoutFurtherTexts(Recipe recipe) => recipe.Transfer.Unlabelled.Length == 0 && !recipe.Augmentation.IsOn
        ? "transfer.unlabelled is empty and augmentation.copies is 0" : null;

    private static string? WithoutCompression(Recipe recipe) => recipe.Compression.Apply ? null : "compression.apply is false";

    private static string? WithoutTuning(Recipe recipe) => WithoutCompression(recipe)
        ?? (recipe.Compression.Pruning == 0 && (recipe.Compression.Precision != StoredPrecision.Int8 || recipe.Compression.QuantizationAware == QuantizationAware.Never)
            ? "compression.pruning is 0, and rounding is not trained with" : null);

    private static string? WithoutGates(Recipe recipe) => WithoutCompression(recipe) ?? (recipe.Compression.Gates ? null : "compression.gates is false");

    private static string? WithoutNgrams(Recipe recipe) => WithoutCompression(recipe) ?? (recipe.Student.NgramBuckets == 0 ? "student.ngram_buckets is 0" : null);

    private static string? WithoutPruning(Recipe recipe) => WithoutCompression(recipe) ?? (recipe.Compression.Pruning == 0 ? "compression.pruning is 0" : null);

    private static string? WithoutSoftLabels(Recipe recipe) =>
        recipe.Distillation.SoftLabelWeight == 0 ? "distillation.soft_label_weight is 0" : null;

    /// <summary>The options of one way to align features with states.</summary>
    private static IEnumerable<(string, Func<Recipe, string?>)> OfAlignment(string section, Func<Recipe, HiddenOptions> options, Func<Recipe, double> weight)
    {
        return
        [
            ($"{section}.loss", Off),
            ($"{section}.layers", Off),
            ($"{section}.layer_mapping", recipe => Off(recipe) ?? (options(recipe).Layers.Length == 1 ? $"{section}.layers names one" : null)),
            ($"{section}.temperature", recipe => Off(recipe) ?? (options(recipe).Loss != HiddenLoss.Contrastive ? OtherLoss(recipe) : null)),
            ($"{section}.projection", WithoutProjection),
            ($"{section}.learning_rate", WithoutLearntProjection),
            ($"{section}.direction", WithoutLearntProjection),
            ($"{section}.feature_weights", recipe => Off(recipe) ?? (options(recipe).Loss != HiddenLoss.Mse ? OtherLoss(recipe) : WithoutSoftLabels(recipe))),
        ];

        string? Off(Recipe recipe) => weight(recipe) == 0 ? $"distillation.{section}_weight is 0" : null;

        string OtherLoss(Recipe recipe) => $"{section}.loss is {RecipeSchema.SnakeCase(options(recipe).Loss.ToString())}";

        string? WithoutProjection(Recipe recipe) => Off(recipe) ?? (options(recipe).Loss == HiddenLoss.Similarity ? OtherLoss(recipe) : null);

        string? WithoutLearntProjection(Recipe recipe) => WithoutProjection(recipe) ?? (options(recipe).Projection == Projection.None ? $"{section}.projection is none" : null);
    }

    private static string? WithoutIntermediate(Recipe recipe) => recipe.NeedsIntermediate ? null
        : "distillation.token_hidden_weight and distillation.attention_weight are 0, and hidden.layers names the last alone";

    private static string? WithoutKl(Recipe recipe) => WithoutSoftLabels(recipe) ?? (recipe.Distillation.SoftLabelLoss == SoftLabelLoss.Mse ? OtherLoss(recipe) : null);

    private static string OtherLoss(Recipe recipe) => $"distillation.soft_label_loss is {RecipeSchema.SnakeCase(recipe.Distillation.SoftLabelLoss.ToString())}";

    private static string? WithoutAugmentation(Recipe recipe) => recipe.Augmentation.IsOn ? null : "augmentation.copies is 0";

    private static string? WithoutWarmUp(Recipe recipe) => recipe.WarmUp.Task == WarmUpTask.None ? "warm_up.task is none" : null;

    private static string OtherTask(Recipe recipe) => $"warm_up.task is {RecipeSchema.SnakeCase(recipe.WarmUp.Task.ToString())}";

    private static string? WithoutScores(Recipe recipe) => recipe.Fractionation.Chooses ? null : "fractionation.scores is empty";

    private static string? WithoutAnswers(Recipe recipe) => recipe.Fractionation.Scores.Any(score => score.IsOfAnswers()) ? null
        : "fractionation.scores names none of entropy, margin and least_confidence";

    private static string OtherSchedule(Recipe recipe) => $"fractionation.schedule is {RecipeSchema.SnakeCase(recipe.Fractionation.Schedule.ToString())}";

    private static string? OtherSelection(Recipe recipe, Selection wanted) => recipe.Fractionation.Select == wanted ? null
        : $"fractionation.select is {RecipeSchema.SnakeCase(recipe.Fractionation.Select.ToString())}";

    private static string? WithoutTeacher(Recipe recipe) =>
        Has(recipe, TeacherKind.FineTuned) ? null : "teacher.sources does not name fine_tuned";

    private static string? WithoutFineTuning(Recipe recipe) => recipe.Fractionation.CrossFits ? null : WithoutTeacher(recipe);

    private static string? WithoutModel(Recipe recipe) =>
        Has(recipe, TeacherKind.FineTuned) || Has(recipe, TeacherKind.Model) ? null : "teacher.sources names no model";

    // A finished teacher whose tokenizer and embeddings the student may take; an ONNX model has none to give.
    private static bool HasFolder(Recipe recipe) => recipe.Teacher.Parsed().Any(source => source.Kind == TeacherKind.Model
        && !OnnxTeacherFiles.IsModel(source.Place)
        && !(Directory.Exists(source.Place) && !Directory.EnumerateFiles(source.Place, "*.safetensors").Any()));

    private static bool Has(Recipe recipe, TeacherKind kind) => recipe.Teacher.Parsed().Any(source => source.Kind == kind);

    private static string? WithoutColumnLines(Recipe recipe)
    {
        string[] files = [recipe.Data.Train, recipe.Data.Dev, recipe.Data.Test, .. recipe.Transfer.Unlabelled];
        bool named = Array.Exists(files, file => file.Length > 0);
        return named && !Array.Exists(files, HasColumnLine) ? "no data file is .tsv or .csv" : null;
    }

    private static bool HasColumnLine(string file) =>
        file.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
}
