using System.ComponentModel;
using System.Text;
using Retort.Baselines;
using Retort.Cascades;
using Retort.Compression;
using Retort.Data;
using Retort.Distillation;
using Retort.Distillation.Alignment;
using Retort.Distillation.WarmingUp;
using Retort.Fractionation;
using Retort.Reports;
using Retort.Runs;
using Retort.Signals;
using Retort.Signals.Intermediate;
using Retort.Students;
using Retort.Teachers;
using Retort.Training;
using Retort.Transfer;
using Retort.Transfer.Augmentation;
using Retort.Transfer.SelfTraining;

namespace Retort.Pipeline;

/// <summary>
/// All options of a run. In YAML, keys are in snake case and every key may be left out; docs/recipes.md lists them.
/// </summary>
public sealed record Recipe
{
    [Description("Name of the run, and of its folder")]
    public string Name { get; init; } = "run";

    [Description("Folder that holds the folders of the runs")]
    [PathValue]
    public string Runs { get; init; } = "runs";

    [Description("CSV file to which each finished training adds a line of figures; empty: none")]
    [PathValue]
    public string Results { get; init; } = "";

    [Description("The labelled corpus. Relative paths start at the folder of this file; $NAME is an environment variable")]
    public DataOptions Data { get; init; } = new();

    [Description("The teacher: an encoder such as BERT, fine-tuned on the corpus")]
    public TeachOptions Teacher { get; init; } = new();

    [Description("What the student learns from beside the labelled texts")]
    public TransferOptions Transfer { get; init; } = new();

    [Description("Texts made from those of train, for the teacher to label")]
    public AugmentationOptions Augmentation { get; init; } = new();

    [Description("A teacher of few labels, fine-tuned again on the unlabelled texts that it is sure of")]
    public SelfTrainingOptions SelfTraining { get; init; } = new();

    [Description("What the teacher says of each text")]
    [DisplayName("signals")]
    public LabelOptions Labelling { get; init; } = new();

    [Description("The student: a TextCNN")]
    public StudentOptions Student { get; init; } = new();

    [Description("What the student's encoder learns before that, on texts without classes")]
    public WarmUpOptions WarmUp { get; init; } = new();

    [Description("Which texts the student is distilled on, how often and when")]
    public FractionationOptions Fractionation { get; init; } = new();

    [Description("How the student learns from the teacher")]
    public DistillationOptions Distillation { get; init; } = new();

    [Description("How the student's pooled features are aligned with the teacher's pooled states, where distillation.hidden_weight is above 0")]
    public HiddenOptions Hidden { get; init; } = new();

    [Description("How the student's feature map is aligned with the teacher's states of the tokens, where distillation.token_hidden_weight is above 0")]
    public HiddenOptions TokenHidden { get; init; } = new();

    [Description("How the student's feature map learns to attend as the teacher does, where distillation.attention_weight is above 0")]
    public AttentionOptions Attention { get; init; } = new();

    [Description("What is kept of the teacher's token states, attention and lower layers")]
    public IntermediateOptions Intermediate { get; init; } = new();

    [Description("How the distilled students are made smaller and faster")]
    public CompressionOptions Compression { get; init; } = new();

    [Description("The cascade that retort cascade makes: the student answers first, and the teacher where the student is unsure")]
    public CascadeOptions Cascade { get; init; } = new();

    [Description("The report of the run")]
    public ReportOptions Report { get; init; } = new();

    [Description("What the student is compared with beside the teacher")]
    public BaselineOptions Baseline { get; init; } = new();

    [Description("The machine")]
    public MachineOptions Machine { get; init; } = new();

    /// <summary>Reads a recipe. Relative paths in it are resolved against its folder, those in overrides against the current one.</summary>
    /// <exception cref="UsageException">The file is not there or not a recipe; the message has file, line and cure.</exception>
    public static Recipe Load(string path, IReadOnlyList<RecipeOverride>? overrides = null)
    {
        string yaml;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > RecipeReader.LargestRecipe } large)
                throw new UsageException($"{path}: it holds {large.Length} bytes: expected a recipe of at most {RecipeReader.LargestRecipe}");
            yaml = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\ufeff');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string cure = e is DecoderFallbackException ? "it is not UTF-8 text"
                : Directory.Exists(path) ? "it is a folder; name the YAML file in it"
                : File.Exists(path) ? e.Message
                : "there is no such file; 'retort init' writes a recipe";
            throw new UsageException($"cannot read the recipe '{path}': {cure}", e);
        }
        return Parse(yaml, path, overrides, Path.GetDirectoryName(Path.GetFullPath(path)));
    }

    /// <summary>Reads a recipe from text.</summary>
    /// <param name="yaml">The recipe.</param>
    /// <param name="sourceName">What messages call it.</param>
    /// <param name="overrides">Values that replace the recipe's.</param>
    /// <param name="folder">What its relative paths start at; null: the current folder.</param>
    /// <exception cref="UsageException">It is not a recipe; the message has the source, the line and the cure.</exception>
    public static Recipe Parse(string yaml, string sourceName, IReadOnlyList<RecipeOverride>? overrides = null,
        string? folder = null)
    {
        string start = folder ?? Directory.GetCurrentDirectory();
        return RecipeBinder.Bind(RecipeReader.Read(yaml, sourceName, start), sourceName, overrides ?? [], start);
    }

    /// <summary>The defaults with overrides: what a command uses that is given no recipe.</summary>
    public static Recipe Default(IReadOnlyList<RecipeOverride> overrides) =>
        RecipeBinder.Bind([], "", overrides, Directory.GetCurrentDirectory());

    /// <summary>A commented recipe to start from. Its paths stand as they are given: they start at the folder of the file.</summary>
    public static string Template(IReadOnlyList<RecipeOverride> overrides) =>
        RecipeWriter.Yaml(RecipeBinder.Bind([], "", overrides, folder: null), commented: true, resolved: false);

    /// <summary>The dotted names of all keys that hold a value.</summary>
    public static IEnumerable<string> Keys => RecipeSchema.Values.Select(key => key.Name);

    /// <summary>A Markdown table of every key with its default and meaning: the reference in docs/recipes.md.</summary>
    public static string KeyTable() => RecipeWriter.Table();

    /// <summary>
    /// The recipe with every key written out; <see cref="Parse"/> reads it back to the same values where paths are
    /// resolved, as they are in every recipe that was read. Keys that have no effect stand as comments.
    /// </summary>
    /// <param name="commented">Whether the meaning of each key stands above it.</param>
    public string ToYaml(bool commented) => RecipeWriter.Yaml(this, commented, resolved: true);

    /// <summary>The folder of its run.</summary>
    public string RunFolder() => Path.Combine(Runs, Name);

    /// <summary>Whether a pooled state of another layer than the last is aligned with.</summary>
    internal bool NeedsLowerLayers => Distillation.HiddenWeight > 0 && Hidden.Layers is not [-1];

    /// <summary>Whether anything of the teacher is needed that does not stand among its signals.</summary>
    internal bool NeedsIntermediate => NeedsLowerLayers || Distillation.TokenHiddenWeight > 0 || Distillation.AttentionWeight > 0;

    /// <summary>Checks every option.</summary>
    /// <exception cref="UsageException">A value is out of its range, or two options do not go together.</exception>
    public void Validate()
    {
        OptionRange.NotEmpty("name", Name, "a name for the folder of the run");
        if (Name is "." or ".." || Name.Any(c => char.IsControl(c) || "/\\:*?\"<>|".Contains(c, StringComparison.Ordinal)))
            throw new UsageException($"name is '{Name}': expected a name that a folder can have") { Key = "name" };
        OptionRange.NotEmpty("runs", Runs, "a folder");
        // A recipe without data is one to fill in; what reads the data asks for it.
        if (Data.Train.Length > 0)
            Data.Validate();
        Teacher.Validate();
        Transfer.Validate();
        Augmentation.Validate();
        SelfTraining.Validate();
        Labelling.Validate();
        Student.Validate();
        WarmUp.Validate();
        Fractionation.Validate();
        Distillation.Validate();
        Hidden.Validate("hidden");
        TokenHidden.Validate("token_hidden");
        Attention.Validate();
        Intermediate.Validate();
        Compression.Validate();
        Cascade.Validate();
        Report.Validate();
        Machine.Validate();
        if (SelfTraining.Rounds > 0)
            RequireSelfTraining();
        if (Data.Unlabelled)
            RequireNoLabels();
        if (WarmUp.NeedsTeacher)
            RequirePooledStates("warm_up.task", "is pooled_state", "masked_tokens or views, which need no teacher");
        if (Distillation.HiddenWeight > 0)
            RequirePooledStates("distillation.hidden_weight", "is above 0", "0");
        RequireModel("distillation.token_hidden_weight", Distillation.TokenHiddenWeight, "states of tokens");
        RequireModel("distillation.attention_weight", Distillation.AttentionWeight, "attention");
        if (Fractionation.SavesCalls)
            RequireLabelsLater();
        if (Fractionation.LearnsUnchosen)
            RequireLabelsAlone();
        if (Fractionation.AsksProxy && Teacher.Sources.Contains(Fractionation.Proxy))
        {
            throw new UsageException($"fractionation.proxy is {Fractionation.Proxy}, which teacher.sources names, too: expected another teacher, or none, since scores go by the teacher's answers of themselves")
            { Key = "fractionation.proxy" };
        }
        if (Compression.Apply && Compression.Epochs > 0 && Fractionation.IsOn)
        {
            throw new UsageException($"compression.epochs is {Compression.Epochs}, and fractionation is on, which a fine-tuning would not follow: expected 0, so that the last layer alone is fitted")
            { Key = "compression.epochs" };
        }
        if (Compression is { Apply: true, Gates: false, Scope: PruningScope.Window })
            FilterPruning.RequireSome(Compression, Student.Filters * Distillation.Members);
        if (Distillation.Members > 1 && Fractionation.Chooses)
        {
            throw new UsageException($"distillation.members is {Distillation.Members}, and fractionation.scores chooses texts, which would be others for each of them: expected 1, or no scores")
            { Key = "distillation.members" };
        }
        if (Labelling.BatchTokens < Teacher.MaxLength)
        {
            throw new UsageException($"signals.batch_tokens is {Labelling.BatchTokens}: expected at least " +
                $"teacher.max_length, {Teacher.MaxLength}, so that a batch holds one text")
            { Key = "signals.batch_tokens" };
        }
    }

    private void RequireSelfTraining()
    {
        string? reason = !Teacher.Parsed().Any(teacher => teacher.Kind == TeacherKind.FineTuned) ? "teacher.sources does not name fine_tuned"
            : Transfer.Unlabelled.Length == 0 ? "transfer.unlabelled is empty"
            : Teacher.SoftLabels.Length > 0 ? "teacher.soft_labels knows train alone"
            : Data.LabelSeparator.Length > 0 ? "the task is multi-label" : null;
        if (reason is not null)
        {
            throw new UsageException($"self_training.rounds is {SelfTraining.Rounds}, and {reason}: expected an encoder to fine-tune, texts without labels and one label a text; "
                + "or 0 rounds")
            { Key = "self_training.rounds" };
        }
    }

    /// <summary>The first weight of a term on what is inside the teacher, and what that is; null: there is none.</summary>
    private (string Key, string With)? Aligned => Distillation.HiddenWeight > 0 ? ("distillation.hidden_weight", "states")
        : Distillation.TokenHiddenWeight > 0 ? ("distillation.token_hidden_weight", "states")
        : Distillation.AttentionWeight > 0 ? ("distillation.attention_weight", "attention") : null;

    private void RequireLabelsLater()
    {
        string? reason = Transfer.MinConfidence > 0 ? "transfer.min_confidence is above 0"
            : WarmUp.NeedsTeacher ? "warm_up.task is pooled_state" : Aligned is { } aligned ? $"{aligned.Key} is above 0" : Data.Unlabelled ? "data.unlabelled is true" : null;
        if (reason is not null)
        {
            throw new UsageException($"fractionation.schedule is rounds, which labels what is chosen and no more, and {reason}, which needs all texts labelled: "
                + "expected one of the two")
            { Key = "fractionation.schedule" };
        }
    }

    private void RequireLabelsAlone()
    {
        string? reason = Aligned is { } aligned ? $"{aligned.Key} is above 0, by which all texts are learnt from the teacher's {aligned.With}"
            : Distillation.TermWeights != TermWeights.Fixed ? $"distillation.term_weights is {RecipeSchema.SnakeCase(Distillation.TermWeights.ToString())}, which compares terms of the same texts" : null;
        if (reason is not null)
        {
            throw new UsageException($"fractionation.unchosen is label, by which texts that are not chosen are learnt from their labels alone, and {reason}: expected one of both")
            { Key = "fractionation.unchosen" };
        }
    }

    private void RequireModel(string key, double weight, string what)
    {
        if (weight > 0 && !Teacher.Parsed().Any(teacher => teacher.Kind is TeacherKind.FineTuned or TeacherKind.Model))
            throw new UsageException($"{key} is above 0, and teacher.sources names no model: expected a teacher that has {what}, fine_tuned or a Hugging Face folder; or 0") { Key = key };
    }

    private void RequirePooledStates(string key, string value, string cure)
    {
        string? reason = Labelling.PooledState == PooledState.None ? "signals.pooled_state is none"
            : !Teacher.Parsed().Any(teacher => teacher.Kind is TeacherKind.FineTuned or TeacherKind.Model) ? "teacher.sources names no model" : null;
        if (reason is not null)
        {
            throw new UsageException($"{key} {value}, and {reason}: expected a teacher that is a model, with signals.pooled_state mean or cls; or {cure}") { Key = key };
        }
    }

    private void RequireNoLabels()
    {
        if (Teacher.Parsed().Any(teacher => teacher.Kind == TeacherKind.FineTuned))
        {
            throw new UsageException("data.unlabelled is true, and teacher.sources names fine_tuned: without labels no encoder can be fine-tuned; "
                + "expected a finished teacher: a model, a file of signals or a command")
            { Key = "teacher.sources" };
        }
        if (Teacher.Sources.Length > 1 && Teacher.Combine is Combination.DevAccuracy or Combination.Learned or Combination.ByClass)
        {
            throw new UsageException($"teacher.combine is {RecipeSchema.SnakeCase(Teacher.Combine.ToString())}, which chooses on the labels of dev, and data.unlabelled is true: "
                + "expected mean_probabilities, mean_logits, confidence or first")
            { Key = "teacher.combine" };
        }
        if (Distillation.SoftLabelWeight == 0)
        {
            throw new UsageException("distillation.soft_label_weight is 0, and data.unlabelled is true: there is nothing else to learn from")
            { Key = "distillation.soft_label_weight" };
        }
    }
}
