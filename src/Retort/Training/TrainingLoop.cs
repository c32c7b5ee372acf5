using System.Diagnostics;
using System.Globalization;
using Retort.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>The one training loop: teachers are fine-tuned and students distilled by it.</summary>
public static class TrainingLoop
{
    /// <summary>About so many steps of a training are logged, beside those before a look.</summary>
    private const int LoggedSteps = 200;

    /// <summary>Trains to the end, from the newest checkpoint if there is one, and leaves the best weights in the module.</summary>
    /// <param name="trainee">What to train.</param>
    /// <param name="options">How.</param>
    /// <param name="checkpoints">Folder of this very job's checkpoints: nothing else may write there.</param>
    /// <param name="logs">Folder of this very job's scalars for TensorBoard; null: none are written.</param>
    /// <param name="progress">Told of every step and every look at dev.</param>
    /// <param name="cancellation">Stops after the step in hand, with a checkpoint.</param>
    /// <exception cref="RetortException">A term is not finite; the message names the step, the term and the checkpoint.</exception>
    public static TrainingResult Run(ITrainee trainee, TrainingOptions options, string checkpoints, string? logs = null,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        IBatchPlan plan = trainee.Plan(options);
        long steps = (long)plan.StepsPerEpoch * options.Epochs;
        using var optimizer = new AdamW(trainee.Groups);
        using var average = options.EmaDecay > 0 ? new WeightAverage(trainee.Module, options.EmaDecay) : null;
        var store = new CheckpointStore(checkpoints, trainee.Module, optimizer, average);
        TrainingState state = store.LoadNewest() ?? TrainingState.Start;
        if (state.Step > 0)
            progress?.Report(StageProgress.Note(trainee.Stage, $"resuming at step {state.Step} of {steps}"));
        var clock = Stopwatch.StartNew();
        TimeSpan saved = TimeSpan.Zero, before = state.Elapsed;
        LossDoctor doctor = LossDoctor.After(state.History);
        using EventLog? log = logs is null ? null : EventLog.Begin(logs, state.Step);
        using var pause = CollectionPause.Begin();

        while (state.Step < steps && !state.HasStopped(options.Patience))
        {
            int[] batch = plan.Batch(state);
            trainee.Module.train();
            pause.BetweenSteps();
            // Dropout depends on the seed and the step alone: a resumed job draws what it would have drawn.
            manual_seed(StepSeed(options.Seed, state.Step));
            bool look = IsLook(state.Step + 1, plan.StepsPerEpoch, options.EvaluationsPerEpoch);
            bool logged = look || state.Step % Math.Max(1, steps / LoggedSteps) == 0;
            TakenStep taken = TakeStep(trainee, options, batch, optimizer, store, state.Step, steps, look);
            IReadOnlyList<string> advice = taken.Gradients.Count > 0 ? doctor.Advise(taken.Gradients) : [];
            foreach (string line in advice)
                progress?.Report(StageProgress.Note(trainee.Stage, line));
            average?.Update();
            state = state with { Step = state.Step + 1, Elapsed = before + clock.Elapsed, Terms = taken.AddTo(state.Terms) };
            if (logged)
                log?.Add(state.Step, taken.Scalars(options.LearningRate, (double)state.Step / plan.StepsPerEpoch));

            if (look)
                state = Look(trainee, options, average, store, state, taken, doctor, advice, log, progress, cancellation);
            if (look || cancellation.IsCancellationRequested || clock.Elapsed - saved >= options.CheckpointInterval)
            {
                store.Save(state);
                saved = clock.Elapsed;
            }
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new StageProgress(trainee.Stage, state.Step, steps, "steps"));
        }
        store.LoadBest(state);
        trainee.Module.eval();
        return new TrainingResult(state.Step, state.BestStep, state.Best!, state.History, state.Elapsed);
    }

    private static TakenStep TakeStep(ITrainee trainee, TrainingOptions options, int[] batch, AdamW optimizer,
        CheckpointStore store, long step, long steps, bool look)
    {
        using var scope = NewDisposeScope();
        IReadOnlyList<LossTerm> terms = trainee.Losses(batch);
        LossTerm[] pulling = [.. terms.Where(term => term is { IsEmpty: false, IsRegularizer: false })];
        // One term pulls against nothing.
        IReadOnlyList<TermGradient> gradients = look && pulling.Length > 1 && trainee.Shared.Count > 0 ? LossDoctor.Examine(pulling, trainee.Shared) : [];
        Tensor total = terms.Select(term => term.Weighted()).Aggregate((sum, term) => sum + term);
        total.backward();
        double norm = optimizer.ClipGradients(options.ClipNorm);
        StepTerm[] values = [.. terms.Select(term => new StepTerm(term.Name, term.Value.ToDouble(), term.Weight * (term.Factor?.ToDouble() ?? 1), term.IsEmpty))];
        foreach (StepTerm term in values)
            RequireFinite(trainee.Stage, step, $"the term {term.Name}", term.Loss, store);
        RequireFinite(trainee.Stage, step, "the gradient's norm", norm, store);
        double rate = LearningRate.Factor(step, steps, options.WarmupFraction, options.Decay);
        optimizer.Step(rate);
        return new TakenStep(values, gradients, norm, rate);
    }

    private static TrainingState Look(ITrainee trainee, TrainingOptions options, WeightAverage? average,
        CheckpointStore store, TrainingState state, TakenStep taken, LossDoctor doctor, IReadOnlyList<string> advice, EventLog? log, IProgress<StageProgress>? progress,
        CancellationToken cancellation)
    {
        using var averaged = average?.PutInPlace();
        trainee.Module.eval();
        DevScores scores = trainee.Evaluate(cancellation);
        IReadOnlyList<string> more = doctor.Once(trainee.Advise());
        foreach (string line in more)
            progress?.Report(StageProgress.Note(trainee.Stage, line));
        TrainingState after = state.After(new Look(state.Step, scores) { Terms = taken.Looks(state.Terms), Advice = [.. advice, .. more] }, options.Metric);
        bool better = after.BestStep == state.Step;
        if (better)
            store.SaveBest(state.Step);
        log?.Add(state.Step, [("eval/accuracy", scores.Accuracy), ("eval/macro_f1", scores.MacroF1), ("eval/agreement", scores.Agreement), ("eval/loss", scores.NegativeLogLikelihood)]);
        progress?.Report(StageProgress.Note(trainee.Stage,
            Invariant($"step {state.Step}: dev ")
            + (double.IsNaN(scores.Accuracy) ? "" : Invariant($"accuracy {scores.Accuracy:0.0000}, macro-F1 {scores.MacroF1:0.0000}, "))
            + Invariant($"loss {scores.NegativeLogLikelihood:0.0000}")
            + (double.IsNaN(scores.Agreement) ? "" : Invariant($", agreement {scores.Agreement:0.0000}"))
            + $"; {taken}{(better ? " *" : "")}"));
        return after;
    }

    private static bool IsLook(long step, int stepsPerEpoch, int looks)
    {
        long inEpoch = (step - 1) % stepsPerEpoch + 1;
        return inEpoch * looks / stepsPerEpoch > (inEpoch - 1) * looks / stepsPerEpoch;
    }

    private static long StepSeed(int seed, long step) => (long)(new SeededRandom(seed, step).Next() >> 1);

    private static void RequireFinite(string stage, long step, string what, double value, CheckpointStore store)
    {
        if (double.IsFinite(value))
            return;
        throw new RetortException(Invariant($"{stage} stopped at step {step}: {what} is {value}. ")
            + (store.Newest is { } checkpoint ? $"The last good checkpoint is {checkpoint}. " : "There is no checkpoint yet. ")
            + "Lower the learning rate, raise warmup_fraction, or set clip_norm to 1.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
