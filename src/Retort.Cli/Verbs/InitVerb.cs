using System.CommandLine;
using System.Text.Json;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Cli.Verbs;

/// <summary><c>retort init</c>: writes a commented recipe.</summary>
internal static class InitVerb
{
    public static Command Create(Terminal terminal)
    {
        var path = new Argument<string>("path") { Description = "The file to write", DefaultValueFactory = _ => "recipe.yaml" };
        Option<string[]> set = RecipeOptions.SetOption(
            "Write this value instead of the default: --set data.train=train.tsv; may be repeated");
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var docs = new Option<bool>("--docs") { Description = "Print the table of docs/recipes.md instead", Hidden = true };
        var command = new Command("init", "Writes a recipe with every option, its default and its meaning.")
        {
            path, set, force, json, docs,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(docs))
                terminal.Out.Write(Recipe.KeyTable());
            else
                Write(terminal, parsed.GetRequiredValue(path), parsed.GetValue(set) ?? [], parsed.GetValue(force), parsed.GetValue(json));
        });
        return command.WithExample("retort init reviews.yaml --set data.train=train.tsv");
    }

    private static void Write(Terminal terminal, string path, string[] set, bool force, bool json)
    {
        if (File.Exists(path) && !force)
            throw new UsageException($"{path} exists: expected a new file, or --force to replace it");
        List<RecipeOverride> overrides = [.. set.Select(RecipeOverride.Parse)];
        if (!overrides.Exists(item => item.Key == "name"))
            overrides.Add(new("name", Path.GetFileNameWithoutExtension(path), path));
        AtomicFile.WriteText(path, Recipe.Template(overrides));
        if (json)
            terminal.Out.WriteLine(JsonSerializer.Serialize(new Dictionary<string, string> { ["recipe"] = path }));
        else
            terminal.Out.WriteLine($"Wrote {path}. Name your files under 'data:', then: retort run {path}");
    }
}
