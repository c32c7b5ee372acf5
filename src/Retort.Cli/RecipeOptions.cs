using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using Retort.Pipeline;

namespace Retort.Cli;

/// <summary>The options that every verb with a recipe has, and the recipe that results from them.</summary>
internal sealed class RecipeOptions
{
    private readonly Option<string[]> _set = SetOption("Replace a value of the recipe: --set distillation.epochs=3; may be repeated");

    private readonly (Option Option, string Key, Func<ParseResult, string?> Value)[] _shorthands;

    /// <param name="more">Shorthands of one verb alone.</param>
    public RecipeOptions(params (Option Option, string Key, Func<ParseResult, string?> Value)[] more)
    {
        Option<bool> drop = new("--drop-leaks") { Description = "Take texts that stand in dev or test out of train (data.leaks)" };
        Option<bool> allow = new("--allow-leaks") { Description = "Keep texts that stand in train and in dev or test (data.leaks)" };
        Option<bool> skip = new("--skip-bad-rows") { Description = "Leave out rows that cannot be read (data.skip_bad_rows)" };
        Option<bool> force = new("--force") { Description = "Go on with a teacher that is hardly better than a guess (teacher.accept_weak)" };
        Option<bool> compare = new("--compare") { Description = "Train the student on all texts, too, beside those that are chosen (fractionation.compare)" };
        Option<bool> online = new("--online") { Description = "Compute the teacher's token states and attention at every step, with no file (intermediate.storage)" };
        Option<string?> device = new("--device") { Description = "auto, cpu or cuda (machine.device)", HelpName = "device" };
        Option<int?> threads = ThreadsOption.Create(" (machine.threads)");
        device.CompletionSources.Add("auto", "cpu", "cuda");
        _shorthands =
        [
            (drop, "data.leaks", parsed => parsed.GetValue(drop) ? "drop" : null),
            (allow, "data.leaks", parsed => parsed.GetValue(allow) ? "allow" : null),
            (skip, "data.skip_bad_rows", parsed => parsed.GetValue(skip) ? "true" : null),
            (force, "teacher.accept_weak", parsed => parsed.GetValue(force) ? "true" : null),
            (compare, "fractionation.compare", parsed => parsed.GetValue(compare) ? "true" : null),
            (online, "intermediate.storage", parsed => parsed.GetValue(online) ? "online" : null),
            (device, "machine.device", parsed => parsed.GetValue(device)),
            (threads, "machine.threads", parsed => parsed.GetValue(threads)?.ToString(CultureInfo.InvariantCulture)),
            .. more,
        ];
    }

    /// <summary>The option that sets keys of a recipe, with completion of their names.</summary>
    public static Option<string[]> SetOption(string description)
    {
        var set = new Option<string[]>("--set") { Description = description, HelpName = "key=value" };
        set.CompletionSources.Add(_ => Recipe.Keys.Select(key => new CompletionItem($"{key}=")));
        return set;
    }

    /// <summary>What the verb itself sets.</summary>
    public IReadOnlyList<RecipeOverride> Always { get; init; } = [];

    /// <summary>Prints the result as JSON on standard output.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON" };

    /// <summary>Uses only models that are already on this machine.</summary>
    public Option<bool> Offline { get; } = new("--offline") { Description = "Use only models that are already in the cache" };

    public void AddTo(Command command)
    {
        command.Add(_set);
        foreach ((Option option, _, _) in _shorthands)
            command.Add(option);
        command.Add(Offline);
        command.Add(Json);
    }

    /// <summary>The recipe with what the command line changes in it; the defaults where no file is given.</summary>
    public Recipe Load(ParseResult parsed, string? path)
    {
        RecipeOverride[] overrides = Overrides(parsed);
        return path is null ? Recipe.Default(overrides) : Recipe.Load(path, overrides);
    }

    private RecipeOverride[] Overrides(ParseResult parsed) =>
    [
        .. Always,
        .. _shorthands
            .Select(shorthand => (shorthand.Option, shorthand.Key, Value: shorthand.Value(parsed)))
            .Where(shorthand => shorthand.Value is not null)
            .Select(shorthand => new RecipeOverride(shorthand.Key, shorthand.Value!, shorthand.Option.Name)),
        .. (parsed.GetValue(_set) ?? []).Select(RecipeOverride.Parse),
    ];
}
