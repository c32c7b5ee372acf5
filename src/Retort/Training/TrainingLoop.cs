using System.Diagnostics;
using System.Globalization;
using Retort.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>The one training loop: teachers are fine-tuned and students distilled by it.</summary>
public static class TrainingLoop
{
    /// <summary>Trains to the end, from the newest checkpoint if there is one, and leaves the best weights in the module.</summary>
    /// <param name="trainee">What to train.</param>
    /// <param name="options">How.</param>
    /// <param name="checkpoints">Folder of this very job's checkpoints: nothing else may write there.</param>
    /// <param name="progress">Told of every step and every look at dev.</param>
    /// <param name="cancellation">Stops after the step in hand, with a checkpoint.</param>
    /// <exception cref="RetortException">A term is not finite; the message names the step, the term and the checkpoint.</exception>
    public static TrainingResult Run(ITrainee trainee, TrainingOptions options, string checkpoints,
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
        var doctor = new LossDoctor();
        using var pause = CollectionPause.Begin();

        while (state.Step < steps && !state.HasStopped(options.Patience))
        {
            int[] batch = plan.Batch(state);
            trainee.Module.train();
            pause.BetweenSteps();
            // Dropout depends on the seed and the step alone: a resumed job draws what it would have drawn.
            manual_seed(StepSeed(options.Seed, state.Step));
            bool look = IsLook(state.Step + 1, plan.StepsPerEpoch, options.EvaluationsPerEpoch);
            (string losses, IReadOnlyList<TermGradient> gradients) = TakeStep(trainee, options, batch, optimizer, store, state.Step, steps, look);
            foreach (string advice in gradients.Count > 0 ? doctor.Advise(gradients) : [])
                progress?.Report(StageProgress.Note(trainee.Stage, advice));
            average?.Update();
            state = state with { Step = state.Step + 1, Elapsed = before + clock.Elapsed };

            if (look)
                state = Look(trainee, options, average, store, state, losses, progress, cancellation);
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

    private static (string Losses, IReadOnlyList<TermGradient> Gradients) TakeStep(ITrainee trainee, TrainingOptions options, int[] batch, AdamW optimizer,
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
        double[] values = terms.Select(term => term.Value.ToDouble()).ToArray();
        for (int k = 0; k < values.Length; k++)
            RequireFinite(trainee.Stage, step, $"the term {terms[k].Name}", values[k], store);
        RequireFinite(trainee.Stage, step, "the gradient's norm", norm, store);
        optimizer.Step(LearningRate.Factor(step, steps, options.WarmupFraction, options.Decay));
        return (string.Join(", ", terms.Select((term, k) => Invariant($"{term.Name} {values[k]:0.0000}") + Told(term, gradients.FirstOrDefault(gradient => gradient.Name == term.Name)))), gradients);
    }

    private static string Told(LossTerm term, TermGradient? gradient) => gradient is null ? ""
        : Invariant($" (weight {term.Weight * (term.Factor?.ToDouble() ?? 1):0.###}, gradient {gradient.Norm:0.####}") + (gradient.Cosine is { } cosine ? Invariant($", cosine {cosine:0.00})") : ")");

    private static TrainingState Look(ITrainee trainee, TrainingOptions options, WeightAverage? average,
        CheckpointStore store, TrainingState state, string losses, IProgress<StageProgress>? progress,
        CancellationToken cancellation)
    {
        using var averaged = average?.PutInPlace();
        trainee.Module.eval();
        DevScores scores = trainee.Evaluate(cancellation);
        TrainingState after = state.After(scores, options.Metric);
        bool better = after.BestStep == state.Step;
        if (better)
            store.SaveBest(state.Step);
        progress?.Report(StageProgress.Note(trainee.Stage,
            Invariant($"step {state.Step}: dev ")
            + (double.IsNaN(scores.Accuracy) ? "" : Invariant($"accuracy {scores.Accuracy:0.0000}, macro-F1 {scores.MacroF1:0.0000}, "))
            + Invariant($"loss {scores.NegativeLogLikelihood:0.0000}")
            + (double.IsNaN(scores.Agreement) ? "" : Invariant($", agreement {scores.Agreement:0.0000}"))
            + $"; {losses}{(better ? " *" : "")}"));
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
