using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs;
using Retort.Teachers;

namespace Retort.Pipeline;

/// <summary>One run of a report, for machines.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="BestSeed">The seed of the student that it hands over.</param>
/// <param name="Test">Its models side by side, on test.</param>
/// <param name="CostOfMillion">US dollars for a million texts, by model.</param>
public sealed record ReportedRun(string Name, string Folder, int BestSeed, ComparisonTable Test, IReadOnlyDictionary<string, double> CostOfMillion);

/// <summary>What <c>retort report</c> made.</summary>
/// <param name="Page">The page.</param>
/// <param name="Runs">What it shows.</param>
public sealed record ReportResult(string Page, IReadOnlyList<ReportedRun> Runs);

/// <summary>Makes reports of finished runs from the files in their folders. No model is loaded, and nothing is trained.</summary>
public static class RunReports
{
    private const string Section = "report.";

    // None of them changes what is trained or how it is scored.
    private static readonly string[] Harmless = [Section, "machine."];

    /// <summary>The report of one run, <c>report/report.html</c> in its folder or a file of another name.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="output">The file; null: in the folder.</param>
    /// <param name="overrides">Of the keys of <c>report</c> in its recipe.</param>
    /// <exception cref="RetortException">It is no run, not finished, or damaged; or the page cannot be written.</exception>
    public static ReportResult Write(string folder, string? output = null, IReadOnlyList<RecipeOverride>? overrides = null)
    {
        (RunFiles run, RunSettings settings) = Read(folder, overrides ?? []);
        string page = output ?? Path.Combine(folder, "report", "report.html");
        WritePage(page, RunPage.ToHtml(run, settings));
        return new ReportResult(page, [Reported(run, settings.Options.HourlyPrice)]);
    }

    /// <summary>A page that compares runs.</summary>
    /// <param name="folders">At least two.</param>
    /// <param name="output">The file.</param>
    /// <param name="allowDifferentData">Whether they may have been evaluated on different test sets.</param>
    /// <param name="overrides">Of the keys of <c>report</c> in their recipes.</param>
    /// <exception cref="RetortException">See <see cref="Write"/>; or they were evaluated on different test sets.</exception>
    public static ReportResult Compare(IReadOnlyList<string> folders, string output, bool allowDifferentData, IReadOnlyList<RecipeOverride>? overrides = null)
    {
        (RunFiles Run, RunSettings Settings)[] runs = [.. folders.Select(folder => Read(folder, overrides ?? []))];
        if (!allowDifferentData && Array.Find(runs, run => !run.Run.HasTestOf(runs[0].Run)) is { Run: { } other })
        {
            throw new UsageException($"{runs[0].Run.Folder} and {other.Folder} were evaluated on different test sets ({Test(runs[0].Run)}; {Test(other)}): "
                + "expected runs of one test set, or --allow-different-data");
        }
        WritePage(output, ComparisonPage.ToHtml(runs));
        return new ReportResult(output, [.. runs.Select(run => Reported(run.Run, runs[0].Settings.Options.HourlyPrice))]);
    }

    /// <summary>The recipe as it was when a run was last evaluated: a run that was begun anew since has another <c>recipe.yaml</c>.</summary>
    internal static string EvaluatedRecipe(string folder) => Path.Combine(folder, "evaluated.yaml");

    private static string Test(RunFiles run) => FormattableString.Invariant($"{run.Report.Models[0].Test.Source}, {run.Report.Test.Texts:N0} texts, SHA-256 {(run.TestHash ?? run.DataHash ?? "unknown")[..8]}…");

    private static ReportedRun Reported(RunFiles run, double hourlyPrice) => new(run.Name, run.Folder, run.Report.BestSeed, run.Report.Test,
        run.Report.Test.Rows.Where(row => row.Latency is not null).ToDictionary(row => row.Role.Name(), row => Reports.Sections.Cost.OfMillion(row.Latency, hourlyPrice)!.Value));

    private static (RunFiles, RunSettings) Read(string folder, IReadOnlyList<RecipeOverride> overrides)
    {
        if (overrides.FirstOrDefault(one => !one.Key.StartsWith(Section, StringComparison.Ordinal)) is { } wrong)
            throw new UsageException($"--set {wrong.Key}: a report of a finished run changes nothing else: expected a key of report, such as report.hourly_price");
        string recipe = Path.Combine(folder, "recipe.yaml");
        if (!Directory.Exists(folder) || !(File.Exists(recipe) || File.Exists(Path.Combine(folder, "manifest.json"))))
            throw new UsageException($"'{folder}' is no folder of a run: expected one with recipe.yaml and manifest.json, such as runs/NAME");
        (Recipe? known, RunSettings settings) = Settings(recipe, overrides);
        Manifest manifest = Manifest.Load(folder);
        if (FirstMissing(known, manifest, folder) is { } missing)
            throw new RetortException($"the run in {folder} is not finished: {missing}; 'retort run {recipe}' finishes it");
        string evaluated = EvaluatedRecipe(folder);
        if (File.Exists(evaluated))
        {
            (Recipe? then, RunSettings shown) = Settings(evaluated, overrides);
            settings = shown with { Options = settings.Options, Changed = Changed(then, known) };
        }
        return (RunFiles.Read(folder, manifest), settings);
    }

    /// <summary>Keys that would make another run of one recipe than of the other.</summary>
    private static string[] Changed(Recipe? then, Recipe? now) => then is null || now is null ? [] :
        [.. RecipeSchema.Values.Where(key => !key.IsSame(then, now) && !RunSettings.Places.Contains(key.Name) && !Harmless.Any(section => key.Name.StartsWith(section, StringComparison.Ordinal))
            && (IdleOptions.Reason(key.Name, then) is null || IdleOptions.Reason(key.Name, now) is null)).Select(key => key.Name)];

    /// <summary>The first stage that a report needs and that has not been run; null: none.</summary>
    private static string? FirstMissing(Recipe? recipe, Manifest manifest, string folder)
    {
        if (manifest.Stages.ContainsKey("evaluate"))
            return File.Exists(Path.Combine(folder, "report", "results.json")) ? null : "the stage evaluate wrote report/results.json, and it is gone";
        string[] expected = recipe is null ? [] :
        [
            .. recipe.Teacher.Parsed().Any(teacher => teacher.Kind == TeacherKind.FineTuned) ? ["teach"] : Array.Empty<string>(), "label",
            .. recipe.Distillation.Seeds.Select(seed => FormattableString.Invariant($"students/seed-{seed}")),
        ];
        string stage = expected.FirstOrDefault(name => !manifest.Stages.ContainsKey(name)) ?? "evaluate";
        return stage.StartsWith("students/", StringComparison.Ordinal) ? $"the stage distill has not trained {stage}" : $"the stage {stage} has not been run";
    }

    // A recipe of another version may hold keys that this one does not know: the report then says so, and shows the rest.
    private static (Recipe?, RunSettings) Settings(string path, IReadOnlyList<RecipeOverride> overrides)
    {
        ReportOptions options = Recipe.Default(overrides).Report;
        options.Validate();
        try
        {
            Recipe recipe = Recipe.Load(path, overrides), defaults = new();
            recipe.Report.Validate();
            return (recipe, new RunSettings([.. RecipeSchema.Values.Where(key => IdleOptions.Reason(key.Name, recipe) is null && !key.IsSame(recipe, defaults))
                .Select(key => KeyValuePair.Create(key.Name, RecipeWriter.Text(key.Read(recipe))))], "", recipe.Report)
            { Recipe = path });
        }
        catch (UsageException e)
        {
            // It may have said that no text is to be shown.
            bool isAsked = overrides.Any(one => one.Key == "report.examples");
            return (null, new RunSettings(null, e.Message, isAsked ? options : options with { Examples = 0 }) { Recipe = path });
        }
    }

    private static void WritePage(string path, string html)
    {
        AtomicFile.RequireName(path, "report.html");
        try
        {
            AtomicFile.Renew(path, html);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RetortException($"{path} cannot be written: {e.Message}", e);
        }
    }
}
