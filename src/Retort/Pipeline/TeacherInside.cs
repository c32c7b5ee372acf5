using Retort.Distillation;
using Retort.Distillation.Alignment;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Signals;
using Retort.Signals.Intermediate;
using Retort.Teachers;
using Retort.Teachers.Encoders;

namespace Retort.Pipeline;

/// <summary>What a recipe asks of the inside of a teacher, and whether one has it.</summary>
internal static class TeacherInside
{
    /// <summary>Refuses, by files alone, what would else be found out after an hour of teaching or labelling.</summary>
    /// <param name="recipe">The options.</param>
    /// <param name="resolve">Finds a named model.</param>
    /// <exception cref="UsageException">No teacher has what is asked for, or an option has no effect.</exception>
    public static void Require(Recipe recipe, Func<string, string> resolve)
    {
        if (recipe.Distillation.HiddenWeight == 0 && !recipe.NeedsIntermediate)
            return;
        FoundTeacher? found = Find(recipe, resolve);
        Recipe resolved = Resolved(recipe, found?.Storing);
        RequireEffect(recipe, resolved);
        if (found?.Storing is { } storing)
            RequirePooledWidth(resolved, storing.Hidden);
        if (!resolved.NeedsIntermediate)
            return;
        if (found is null)
            throw Opaque(recipe);
        Wanted(resolved, found.Config);
        RequireOneWindow(resolved, found.LongText);
        RequireWidths(resolved, found.Config);
    }

    /// <summary>The first teacher that can be looked into, as far as its files tell; null: there is none.</summary>
    /// <param name="recipe">Names the teachers.</param>
    /// <param name="resolve">Finds a named model.</param>
    public static FoundTeacher? Find(Recipe recipe, Func<string, string> resolve)
    {
        // Pooled states are those of the first teacher that stores some, which an ONNX file before it may do.
        bool isFirst = true;
        foreach (NamedTeacher source in recipe.Teacher.Parsed())
        {
            if (source.Kind == TeacherKind.FineTuned)
                return new FoundTeacher(EncoderConfig.Load(resolve(recipe.Teacher.Encoder)).Cut(recipe.Teacher.Layers), recipe.Teacher.LongText, IsTaught: true, isFirst);
            if (source.Kind != TeacherKind.Model)
                continue;
            string folder = resolve(source.Place);
            if (OnnxTeacherFiles.Find(folder) is null)
            {
                ConfigFile file = ConfigFile.OfFolder(folder);
                EncoderConfig config = EncoderConfig.Read(file);
                return new FoundTeacher(config, TeacherFolder.ReadLimits(file, config.MaxLength).LongText, IsTaught: false, isFirst);
            }
            isFirst = false;
        }
        return null;
    }

    /// <summary>Refuses, before they label, teachers without the pooled states that are asked for: of an ONNX file that is not known until it is open.</summary>
    /// <param name="recipe">The options.</param>
    /// <param name="panel">The teachers.</param>
    /// <exception cref="UsageException">None stores them, or they are of another width.</exception>
    public static void Require(Recipe recipe, TeacherPanel panel)
    {
        if (recipe.Distillation.HiddenWeight == 0 || Resolved(recipe, panel.PooledConfig).NeedsLowerLayers)
            return;
        if (panel.PooledWidth == 0)
            throw WithoutStates("no teacher stores pooled states");
        RequirePooledWidth(recipe, panel.PooledWidth);
    }

    /// <summary>The recipe with -1 for the one layer of <c>hidden.layers</c> where that is the number of the last: its pooled states stand among the signals.</summary>
    /// <param name="recipe">The options.</param>
    /// <param name="config">The shape of the teacher whose pooled states stand there; null: nobody knows it.</param>
    public static Recipe Resolved(Recipe recipe, EncoderConfig? config) =>
        recipe.NeedsLowerLayers && config is not null && recipe.Hidden.Layers is [int only] && IntermediateLayers.Resolve(only, config) == config.Layers
            ? recipe with { Hidden = recipe.Hidden with { Layers = [-1] } } : recipe;

    /// <summary>What of an encoder a recipe asks for.</summary>
    /// <exception cref="UsageException">The encoder does not have it.</exception>
    public static IntermediateLayers Wanted(Recipe recipe, EncoderConfig config)
    {
        DistillationOptions weights = recipe.Distillation;
        return new IntermediateLayers(
            recipe.NeedsLowerLayers ? Layers("hidden.layers", recipe.Hidden.Layers, 0) : [],
            recipe.NeedsLowerLayers ? recipe.Labelling.PooledState : PooledState.None,
            weights.TokenHiddenWeight > 0 ? Layers("token_hidden.layers", recipe.TokenHidden.Layers, 0) : [],
            weights.AttentionWeight > 0 ? Layers("attention.layers", recipe.Attention.Layers, 1) : [],
            weights.AttentionWeight > 0 ? Heads() : [],
            weights.AttentionWeight > 0 && recipe.Attention.Loss == AttentionLoss.MseLogits);

        int[] Layers(string key, int[] layers, int first)
        {
            int[] found = Array.ConvertAll(layers, layer => IntermediateLayers.Resolve(layer, config) is { } at && at >= first ? at
                : throw new UsageException($"{key} holds {layer}, and the teacher has {config.Layers} layers: expected {first} to {config.Layers}, or -1 (the last) to {first - config.Layers - 1}") { Key = key });
            return found.Distinct().Count() == found.Length ? found
                : throw new UsageException($"{key} holds {string.Join(", ", layers)}, and the teacher has {config.Layers} layers: two of these are the same") { Key = key };
        }

        int[] Heads() => Array.TrueForAll(recipe.Attention.Heads, head => head < config.Heads) ? recipe.Attention.Heads
            : throw new UsageException($"attention.heads holds {recipe.Attention.Heads.Max()}, and each of the teacher's layers has {config.Heads} heads: expected 0 to {config.Heads - 1}") { Key = "attention.heads" };
    }

    /// <summary>What the stored signals of a teacher depend on.</summary>
    /// <param name="recipe">What is asked for.</param>
    /// <param name="teacher">The teacher.</param>
    /// <param name="signals">What its other signals depend on.</param>
    public static IntermediateSource SourceOf(Recipe recipe, Teacher teacher, SignalSource signals) =>
        new(signals, Wanted(recipe, teacher.Config), teacher.Config.Hidden, recipe.Intermediate.Precision);

    /// <summary>The error where no teacher can be looked into.</summary>
    public static UsageException Opaque(Recipe recipe)
    {
        string reason = recipe.Distillation.TokenHiddenWeight > 0 ? "distillation.token_hidden_weight is above 0"
            : recipe.Distillation.AttentionWeight > 0 ? "distillation.attention_weight is above 0" : "hidden.layers names others than -1 (the last)";
        return new UsageException($"{reason}, and no teacher can be looked into: expected fine_tuned or a Hugging Face folder among teacher.sources; an ONNX file, a file of signals and a command show the last layer at most")
        { Key = reason.Split(' ')[0] };
    }

    /// <summary>The error where there are no pooled states to align with.</summary>
    /// <param name="reason">Why there are none.</param>
    public static UsageException WithoutStates(string reason) =>
        new($"distillation.hidden_weight is above 0, and {reason}: expected a teacher that gives pooled states, or a weight of 0") { Key = "distillation.hidden_weight" };

    /// <summary>Refuses an option that loses its effect where a number turns out to be that of the last layer.</summary>
    private static void RequireEffect(Recipe recipe, Recipe resolved)
    {
        var plain = new Recipe();
        foreach (RecipeKey key in RecipeSchema.Values.Where(key => key.Section?.Name == "intermediate" && !key.IsSame(recipe, plain)))
        {
            if (IdleOptions.Reason(key.Name, recipe) is null && IdleOptions.Reason(key.Name, resolved) is { } reason)
                throw new UsageException($"{key.Name} has no effect while {reason} ({recipe.Hidden.Layers[0]}): remove it, or change the other option") { Key = key.Name };
        }
    }

    private static void RequirePooledWidth(Recipe recipe, int width)
    {
        if (recipe.Distillation.HiddenWeight > 0)
            recipe.Hidden.RequireWidth("hidden", "pooled features", Student(recipe).PooledWidth, width);
    }

    private static void RequireWidths(Recipe recipe, EncoderConfig config)
    {
        if (recipe.NeedsLowerLayers)
            RequirePooledWidth(recipe, config.Hidden);
        if (recipe.Distillation.TokenHiddenWeight > 0)
            recipe.TokenHidden.RequireWidth("token_hidden", "features at each position", Student(recipe).MapWidth, config.Hidden);
    }

    private static void RequireOneWindow(Recipe recipe, LongText longText)
    {
        if (recipe.Distillation.AttentionWeight > 0 && longText == LongText.WindowsMean)
        {
            throw new UsageException("distillation.attention_weight is above 0, and the teacher reads long texts in several windows (long_text windows_mean), which do not attend to each other: expected head or head_tail, or a weight of 0")
            { Key = "distillation.attention_weight" };
        }
    }

    // Its features are as many whatever it reads and tells apart.
    private static StudentShape Student(Recipe recipe) => recipe.Student.ToShape(vocabularySize: 1, classes: 2, sourceWidth: 0);
}

/// <summary>A teacher that can be looked into, as its files tell.</summary>
/// <param name="Config">Its shape.</param>
/// <param name="LongText">What becomes of texts beyond its length limit.</param>
/// <param name="IsTaught">Whether it is the encoder that the run fine-tunes.</param>
/// <param name="StoresStates">Whether the pooled states among the signals are sure to be its own.</param>
internal sealed record FoundTeacher(EncoderConfig Config, LongText LongText, bool IsTaught, bool StoresStates)
{
    /// <summary>Its shape, where the pooled states among the signals are sure to be its own.</summary>
    public EncoderConfig? Storing => StoresStates ? Config : null;
}
