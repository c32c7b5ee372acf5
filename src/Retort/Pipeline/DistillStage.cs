using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Reports;
using Retort.Runs;
using Retort.Signals;
using Retort.Students;
using Retort.Training;
using Retort.Transfer;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>Trains every student of a run.</summary>
/// <param name="recipe">The options.</param>
/// <param name="run">The run's folder.</param>
/// <param name="data">The corpus.</param>
/// <param name="unlabelled">What is distilled on beside train.</param>
/// <param name="fractions">Scores the texts.</param>
/// <param name="trainingHash">Of train and dev.</param>
/// <param name="runner">Leaves out what is done already.</param>
/// <param name="device">Where to compute.</param>
/// <param name="progress">Told of everything.</param>
/// <param name="cancellation">Stops; the same call resumes.</param>
internal sealed class DistillStage(Recipe recipe, string run, DataSet data, IReadOnlyList<string> unlabelled, FractionStage fractions, string trainingHash,
    StageRunner runner, Device device, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    private const string Name = "distill";

    /// <summary>The one kind of student that is trained; null: all that are compared.</summary>
    public Role? Only { get; init; }

    /// <param name="panel">The teachers.</param>
    /// <param name="compressing">Is given each distilled student; null: none is compressed.</param>
    public List<StudentRun> Run(TeacherPanel panel, CompressStage? compressing = null)
    {
        (ILogitRows rows, IReadOnlyList<string> kept) = Signals(panel);
        using var file = rows as MappedLogits;
        LogitTable? dev = Dev(panel);
        var texts = new JoinedTexts(data.Train.Texts(), kept);
        using StudentBlueprint blueprint = StudentBlueprint.Draw(recipe.Student, panel.Tokenizer,
            panel.WordEmbeddings, texts, data.Train.Labels, data.Train.Kind, cancellation);
        progress?.Report(StageProgress.Note(Name, blueprint.EmbeddingNote));
        Dictionary<string, string> inputs = Inputs(panel);
        var taught = new Dictionary<string, string>(inputs) { ["teacher"] = panel.Fingerprint };
        using var warmUp = new WarmUpStage(recipe, run, blueprint, texts, data.Dev.Texts(), panel, recipe.WarmUp.NeedsTeacher ? taught : inputs);
        using var states = new HiddenStates(recipe, run, texts, panel, progress, cancellation);
        var transfer = new TransferSet(data.Train, kept, rows) { Hidden = states.Pooled, Tokens = states.Tokens };
        var aligned = new Dictionary<string, string>(taught);
        if (states.Fingerprint is { } inside)
            aligned["intermediate"] = inside;
        FractionTexts? facts = recipe.Fractionation.IsOn ? fractions.Facts(data.Train, texts, rows, panel) : null;
        var runs = new List<StudentRun>();
        foreach (int seed in recipe.Distillation.Seeds)
        {
            foreach ((Role role, FractionationOptions? choice) in Taught(recipe.Fractionation).Where(taught => Only is null || taught.Role == Only))
            {
                StudentRun student = Train(role, seed, blueprint, transfer, choice, facts, dev, aligned, warmUp);
                runs.Add(student);
                if (role == Role.Student && compressing is not null)
                    runs.Add(compressing.Run(student, transfer, dev, taught));
            }
            if (Only is { } only ? only == Role.StudentWithoutTeacher : IsTaughtAlone(recipe))
                runs.Add(Train(Role.StudentWithoutTeacher, seed, blueprint, new TransferSet(data.Train, [], null), null, null, null, inputs, warmUp));
        }
        return runs;
    }

    /// <summary>What would be chosen, as far as no student has a say in it; no student is trained, and nothing written but the encoders of folds.</summary>
    /// <exception cref="UsageException">Nothing is to be chosen.</exception>
    public IReadOnlyList<FractionSummary> Fractionate(TeacherPanel panel)
    {
        FractionationOptions options = recipe.Fractionation;
        if (!options.IsOn)
        {
            throw new UsageException("fractionation.scores is empty: expected one or several of "
                + $"{string.Join(", ", Enum.GetValues<Score>().Select(score => score.Name()))}; or class_balance or logit_adjustment")
            { Key = "fractionation.scores" };
        }
        (ILogitRows rows, IReadOnlyList<string> kept) = Signals(panel);
        using var file = rows as MappedLogits;
        var texts = new JoinedTexts(data.Train.Texts(), kept);
        FractionTexts facts = fractions.Facts(data.Train, texts, rows, panel);
        TrainingOptions loop = TrainingOptions.Of(recipe.Distillation, recipe.Distillation.Seeds[0]);
        var plan = new FractionPlan(options, facts, texts, new int[facts.Count], loop, _ => throw new InvalidOperationException("no student has a say"), "", cancellation);
        var summaries = new List<FractionSummary>();
        HashSet<int>? before = null;
        plan.Chosen += fraction =>
        {
            summaries.Add(FractionSummary.Of(fraction, before, facts, texts));
            before = [.. fraction.Rows];
        };
        bool depends = options.FollowsStudent || options.Schedule == Schedule.Adaptive;
        foreach (long start in depends ? plan.Starts.Take(1) : plan.Starts)
            plan.Batch(TrainingState.Start with { Step = start });
        if (depends)
            progress?.Report(StageProgress.Note("fractionate", "what comes after the first choice depends on the student, and is known in training alone"));
        return summaries;
    }

    /// <summary>Whether a student without teacher is trained beside them: there have to be labels.</summary>
    public static bool IsTaughtAlone(Recipe recipe) => recipe.Baseline.WithoutTeacher && !recipe.Data.Unlabelled;

    /// <summary>The students of a seed that learn from the teacher: a choice has its control beside it.</summary>
    public static IEnumerable<(Role Role, FractionationOptions? Fraction)> Taught(FractionationOptions options)
    {
        yield return (Role.Student, options.IsOn ? options : null);
        if (options.Chooses && options.Scores is not ([Score.Random] or [Score.RandomAnew]))
            yield return (Role.StudentOnRandomFraction, options.AtRandom());
        // Of classes that are balanced all texts are the control.
        if (options.IsOn && (options.Compare || !options.Chooses))
            yield return (Role.StudentOnAllTexts, null);
    }

    private (ILogitRows Logits, IReadOnlyList<string> Unlabelled) Signals(TeacherPanel panel)
    {
        if (recipe.Fractionation.LabelsLater)
        {
            var all = new JoinedTexts(data.Train.Texts(), unlabelled);
            return (new DemandedLogits(all.Count, data.Train.Labels.Count, rows => panel.Ask(Array.ConvertAll(rows, row => all[row]),
                k => rows[k] < data.Train.Count ? data.Train.TargetRow(rows[k]) : null, progress, cancellation)), unlabelled);
        }
        var confident = new ConfidentRows(recipe.Transfer.MinConfidence, data.Train.Count);
        MappedLogits logits = MappedLogits.Write(run, data.Train.Labels.Count, confident.Of(panel.LogitBlocks(
            new JoinedTexts(data.Train.Texts(), unlabelled), TransferSetName(), k => k < data.Train.Count ? data.Train.TargetRow(k) : null, cancellation)));
        try
        {
            return (logits, Confident(confident));
        }
        catch
        {
            logits.Dispose();
            throw;
        }
    }

    private LogitTable? Dev(TeacherPanel panel)
    {
        LogitTable? dev = panel.TryLogits(data.Dev.Texts());
        string? key = dev is not null ? null
            : recipe.Distillation.Metric == DevMetric.Agreement ? "distillation.metric"
            : recipe.Fractionation is { Chooses: true, Schedule: Schedule.Adaptive } ? "fractionation.schedule" : null;
        return key is null ? dev : throw new UsageException($"{key} is {(key == "distillation.metric" ? "agreement" : "adaptive")}, and the teachers have no signals of all of dev to agree with: "
            + $"expected {(key == "distillation.metric" ? "accuracy or macro_f1" : "another schedule")}")
        { Key = key };
    }

    private IReadOnlyList<string> Confident(ConfidentRows rows)
    {
        IReadOnlyList<string> kept = rows.From(unlabelled);
        if (recipe.Transfer.MinConfidence > 0)
        {
            progress?.Report(StageProgress.Note(Name, FormattableString.Invariant(
                $"{unlabelled.Count - kept.Count:N0} of {unlabelled.Count:N0} texts without a label are left out, which the teacher is unsure of (transfer.min_confidence); {kept.Count:N0} are distilled on")));
        }
        return kept.Count > 0 || unlabelled.Count == 0 ? kept : throw new UsageException(FormattableString.Invariant(
            $"transfer.min_confidence is {recipe.Transfer.MinConfidence}: of no text without a label is the teacher so sure; expected less"))
        { Key = "transfer.min_confidence" };
    }

    private string TransferSetName() => "train" + (recipe.Transfer.Unlabelled.Length > 0 ? " and transfer.unlabelled" : "")
        + (recipe.Augmentation.IsOn ? " and the augmented texts" : "");

    /// <summary>What every student of the run depends on, and all that the one without teacher does: other teachers leave it as it is.</summary>
    private Dictionary<string, string> Inputs(TeacherPanel panel)
    {
        var inputs = new Dictionary<string, string>
        {
            ["data"] = trainingHash,
            ["unlabelled"] = ContentHash.OfLines(unlabelled),
            ["vocabulary"] = panel.VocabularyFingerprint,
            ["student"] = ContentHash.OfRecord(recipe.Student with { Tokenizer = "" }),
        };
        // Their order is that of the logits; of labelled data the hash of the data holds it.
        if (data.Train.LabelledByTeacher)
            inputs["classes"] = ContentHash.OfLines(data.Train.Labels.Names);
        if (recipe.Transfer.MinConfidence > 0)
        {
            // The vocabulary is that of the texts which this very teacher is sure of.
            inputs["min_confidence"] = ContentHash.OfRecord(recipe.Transfer.MinConfidence);
            inputs["teacher"] = panel.Fingerprint;
        }
        if (File.Exists(recipe.Student.Embeddings))
            inputs["embeddings"] = ContentHash.OfFile(recipe.Student.Embeddings);
        return inputs;
    }

    private StudentRun Train(Role role, int seed, StudentBlueprint blueprint, TransferSet transfer, FractionationOptions? choice, FractionTexts? facts,
        LogitTable? dev, IReadOnlyDictionary<string, string> inputs, WarmUpStage warmUp)
    {
        string name = $"seed-{seed}{role.Name()["student".Length..]}", folder = $"students/{name}";
        progress?.Report(StageProgress.Note(Name, $"{role.Title()}, seed {seed}"));
        if (recipe.Distillation.Members == 1)
            return TrainOne(role, seed, folder, $"fractions/{name}", blueprint, transfer, choice, facts, dev, inputs, warmUp);
        StudentRun[] members = [.. Enumerable.Range(1, recipe.Distillation.Members).Select(member => TrainOne(role, Members.SeedOf(seed, member), $"members/{member}/{name}",
            $"fractions/{name}{(member == 1 ? "" : $"-member-{member}")}", blueprint, transfer, choice, facts, dev, inputs, warmUp))];
        Dictionary<string, string> own = members.ToDictionary(member => member.Folder, member => ContentHash.OfRecord(runner.Record(member.Folder).Outputs));
        TrainingResult merged = runner.Run(Name, folder, own, [folder], _ => Members.Merge([.. members.Select(member => Path.Combine(run, member.Folder))],
            [.. members.Select(member => member.Training)], data.Dev, dev, Path.Combine(run, folder), device, cancellation));
        return members[0] with { Seed = seed, Folder = folder, Training = merged };
    }

    private StudentRun TrainOne(Role role, int seed, string folder, string choices, StudentBlueprint blueprint, TransferSet transfer, FractionationOptions? choice, FractionTexts? facts,
        LogitTable? dev, IReadOnlyDictionary<string, string> inputs, WarmUpStage warmUp)
    {
        DistillationOptions options = recipe.Distillation.Of(withTeacher: role != Role.StudentWithoutTeacher);
        var own = new Dictionary<string, string>(inputs) { ["options"] = ContentHash.OfRecord(options) };
        if (choice is not null)
        {
            own["fractionation"] = ContentHash.OfRecord(choice with { Compare = false, Target = "", Proxy = "" });
            if (choice.NeedsTarget)
                own["target"] = ContentHash.OfLines(fractions.Target);
            if (choice.DrawsScores)
                own["scores_seed"] = ContentHash.OfRecord(recipe.Distillation.Seeds[0]);
            if (choice.AsksOthers)
                own["answers"] = fractions.AnswersFingerprint!;
        }
        if (options.HiddenWeight > 0)
        {
            own["hidden"] = ContentHash.OfRecord(recipe.Hidden);
            own["pooled_states"] = ContentHash.OfRecord(transfer.Hidden!.Known);
        }
        if (options.TokenHiddenWeight > 0)
            own["token_hidden"] = ContentHash.OfRecord(recipe.TokenHidden);
        if (options.AttentionWeight > 0)
            own["attention"] = ContentHash.OfRecord(recipe.Attention);
        (string Folder, TrainingResult Training)? warmed = null;
        if (warmUp.IsFor(role))
        {
            warmed = warmUp.Run(seed, runner, device, progress, cancellation);
            own["warm_up"] = ContentHash.OfRecord(runner.Record(warmed.Value.Folder).Outputs);
        }
        if (choice is not null)
            transfer = new TransferSet(transfer, new FractionInput(choice, facts!, Path.Combine(run, choices)));
        TrainingResult training = runner.Run(Name, folder, own, choice is null ? [folder] : [folder, choices], checkpoints => Distiller.Run(
            options with { Seeds = [seed] }, recipe.Student, blueprint, transfer, data.Dev, dev, seed,
            warmed is { } begin ? Path.Combine(run, begin.Folder) : null, Path.Combine(run, folder), checkpoints, runner.Logs(folder), device, progress, cancellation));
        // A student costs what its warm-up cost, too.
        int taught = choice is { KeepsTexts: true } ? FractionLog.Read(Path.Combine(run, choices))[^1].Chosen : transfer.Texts.Count;
        int beside = choice is { KeepsTexts: true, LearnsUnchosen: true } ? facts!.LabelledStaying.Except(FractionLog.LastChosen(Path.Combine(run, choices))).Count() : 0;
        return new StudentRun(role, seed, folder, taught + beside, training with { Elapsed = training.Elapsed + (warmed?.Training.Elapsed ?? TimeSpan.Zero) })
        {
            TeacherCalls = role == Role.StudentWithoutTeacher ? 0 : choice is { SavesCalls: true } ? taught : transfer.Texts.Count,
        };
    }
}
