using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Retort.Data;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers.Sources;
using Retort.Tuning.Plans;
using Retort.Tuning.Space;
using Retort.Tuning.Store;

namespace Retort.Tuning;

/// <summary>Starts the process of a trial.</summary>
/// <param name="folder">The study's folder.</param>
/// <param name="number">Which trial.</param>
/// <param name="threads">Its share of the machine.</param>
/// <returns>A process that calls <see cref="TrialWorker.Run"/>, and that stops when its redirected standard input ends.</returns>
public delegate Process TrialLauncher(string folder, long number, int threads);

/// <summary>Begins, resumes and joins studies of what in a recipe is worth what.</summary>
public sealed class Tuner
{
    private const string Stage = "tune";

    /// <summary>Starts the processes of trials.</summary>
    public required TrialLauncher Launch { get; init; }

    /// <summary>Trials at once at most; 0: one a core, as far as memory allows.</summary>
    public int Workers { get; init; }

    /// <summary>Told of everything.</summary>
    public IProgress<StageProgress>? Progress { get; init; }

    /// <summary>The folder of a recipe's study, where no other is named.</summary>
    public static string FolderOf(Recipe recipe) => Path.Combine(recipe.RunFolder(), "tuning");

    /// <summary>Begins a study, or goes on with the same one.</summary>
    /// <param name="given">The recipe.</param>
    /// <param name="options">What to do.</param>
    /// <param name="folder">The study's folder.</param>
    /// <param name="sources">Where models come from.</param>
    /// <param name="cancellation">Stops; the same call goes on.</param>
    /// <exception cref="UsageException">The options are wrong, or not those that the study in the folder began with.</exception>
    public StudyResult Run(Recipe given, TuneOptions options, string folder, SourceOptions sources, CancellationToken cancellation)
    {
        options.Validate();
        Parameter[] varied = [.. options.Vary.Select(ParameterReader.Read)];
        if (varied.Any(parameter => parameter.Key == "data.train_limit") && (given.Data.Dev.Length == 0 || given.Data.Test.Length == 0))
            throw new UsageException("--vary data.train_limit, and dev or test is drawn from train, which would be another in each trial: expected files in data.dev and data.test");
        var space = new SearchSpace(varied);
        bool shared = TrialRecipe.SharesTeacher(space);
        Recipe studied = shared ? TrialRecipe.WithTeacherOf(given) : given;
        new PointCheck(studied).Require(space);
        var notes = new List<string>();
        if (varied.Length > 0)
            PointDraw.Take(space, options, new PointCheck(studied), _ => { });
        using StudyStore? begun = StudyStore.Open(folder);
        if (begun is not null)
            RequireSame(begun.Facts, given, options, folder);
        DataSet data = DataSet.Load(given.Data, Progress, cancellation);
        if (varied.Length == 0 && !options.Ablate)
        {
            Situation situation = Situation.Of(data.Train);
            space = DefaultSpace.Of(situation, studied);
            notes.Add($"no --vary: {situation.Describe()}; so {string.Join(" × ", space.Parameters.Select(parameter => $"{parameter.Key}={string.Join(',', parameter.Values)}"))}"
                + ", with kl, which has a temperature, and mse on logits beside");
            // Refused before a teacher is taught.
            PointDraw.Take(space, options, new PointCheck(studied), _ => { });
        }
        string hash = CorpusHash.Of(data.Train, data.Dev, data.Test) + StudyInputs.Hash(given);
        if (shared)
            hash += Prepare(given, sources, cancellation);
        if (begun is not null && begun.Facts.Data != hash)
            throw new UsageException($"the study in {folder} began with other texts, labels, teachers or files than those of now: expected the same; begin another study with --study, or delete that folder");
        return Work(folder, begun ?? Begin(), cancellation);

        StudyStore Begin()
        {
            Strategy strategy = Strategy.Grid;
            if (options.Ablate)
                AblationSteps.Of(studied, notes.Add);
            else
                strategy = PointDraw.Take(space, options, new PointCheck(studied), notes.Add).Strategy;
            if (!shared)
                notes.Add("what varies makes the teacher another: each trial fine-tunes and asks its own");
            StudyStore store = StudyStore.Begin(folder, new StudyFacts
            {
                Recipe = studied.ToYaml(commented: false),
                Given = given.ToYaml(commented: false),
                Data = hash,
                Options = options,
                Space = space,
                Strategy = strategy,
                Elder = shared ? given.RunFolder() : null,
                Offline = sources.Offline,
                Notes = notes,
            });
            store.SetValue("dev_texts", data.Dev.Count.ToString(CultureInfo.InvariantCulture));
            return store;
        }
    }

    /// <summary>Works on a study that another process has begun, until it is over.</summary>
    /// <param name="folder">The study's folder.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UsageException">There is none.</exception>
    public StudyResult Join(string folder, CancellationToken cancellation) => Work(folder, StudyStore.Open(folder)
        ?? throw new UsageException($"there is no study in '{folder}': expected the folder of one that has begun, such as runs/NAME/tuning"), cancellation);

    private StudyResult Work(string folder, StudyStore opened, CancellationToken cancellation)
    {
        using StudyStore store = opened;
        var study = new Study(folder, store);
        foreach (string note in store.Facts.Notes)
            Progress?.Report(StageProgress.Note(Stage, note));
        Recipe recipe = Recipe.Parse(store.Facts.Recipe, StudyStore.PathOf(folder));
        if (!study.IsOver)
            store.RetryFailed();
        new TrialRunner(store, study.Plan, study.Ranking, (number, threads) => Launch(folder, number, threads), Workers, recipe.Machine.Threads, Progress).Run(cancellation);
        return study.Finish(Progress, cancellation);
    }

    /// <summary>Teaches and labels once for all trials.</summary>
    /// <returns>What the teacher's answers depend on.</returns>
    private string Prepare(Recipe given, SourceOptions sources, CancellationToken cancellation)
    {
        Stage to = given.Fractionation.AsksOthers ? Pipeline.Stage.Fractionate : Pipeline.Stage.Label;
        RunPipeline.Run(given with { Results = "" }, sources, to, null, "", Progress, cancellation);
        return ContentHash.OfRecord(Manifest.Load(given.RunFolder()).Stages["label"].Inputs);
    }

    private static void RequireSame(StudyFacts facts, Recipe given, TuneOptions options, string folder)
    {
        string cure = "give the same, or begin another study with --study";
        if (TrialRecipe.Difference(Recipe.Parse(facts.Given, StudyStore.PathOf(folder)), given) is { } difference)
            throw new UsageException($"the study in {folder} began with another recipe: {difference}; {cure}");
        string before = JsonSerializer.Serialize(facts.Options, JsonForm.Compact), now = JsonSerializer.Serialize(options, JsonForm.Compact);
        if (before != now)
            throw new UsageException($"the study in {folder} began with other options: {before} then, {now} now; {cure}");
    }
}
