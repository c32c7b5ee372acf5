using System.Diagnostics;
using System.Threading.RateLimiting;
using Retort.Server.Cascade;
using Retort.Server.Models;
using Retort.Server.Requests;
using Retort.Server.Telemetry;

namespace Retort.Server.Classify;

/// <summary>Answers the texts of a workspace: the student all of them, the teacher those that the student is unsure of. What every endpoint calls.</summary>
internal sealed class Classifying(WorkGate gate, ServerMetrics metrics)
{
    /// <summary>Fills the workspace's answers.</summary>
    /// <param name="model">The request has entered it.</param>
    /// <param name="work">Has the texts.</param>
    /// <param name="timings">Whether each text is timed.</param>
    /// <param name="askTeacher">Whether the teacher is asked about every text, or about none; null: about those that the student is unsure of.</param>
    /// <param name="cancellation">The client has gone, or the time is up.</param>
    /// <exception cref="ProblemException">Too many wait.</exception>
    public async ValueTask RunAsync(ServedModel model, Workspace work, bool timings, bool? askTeacher, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        work.Prepare(model.Labels.Count);
        using (RateLimitLease lease = await gate.EnterAsync(cancellation).ConfigureAwait(false))
            AskStudent(model, work, timings);
        if (model.Teacher is { } teacher && askTeacher != false)
            await AskTeacherAsync(model, teacher, work, all: askTeacher == true, cancellation).ConfigureAwait(false);
        metrics.Answered(model, work, Stopwatch.GetElapsedTime(start));
    }

    private static void AskStudent(ServedModel model, Workspace work, bool timings)
    {
        for (int k = 0; k < work.Count; k++)
        {
            Span<float> probabilities = work.Probabilities(k);
            long start = timings ? Stopwatch.GetTimestamp() : 0;
            model.Classifier.ClassifyUtf8(work.Text(k), probabilities);
            int index = IndexOfMost(probabilities);
            work.Answers[k] = new Answer
            {
                Index = index,
                Confidence = probabilities[index],
                Microseconds = timings ? (float)Stopwatch.GetElapsedTime(start).TotalMicroseconds : 0,
            };
        }
    }

    private static async ValueTask AskTeacherAsync(ServedModel model, TeacherGate teacher, Workspace work, bool all, CancellationToken cancellation)
    {
        double threshold = model.Cascade!.Threshold;
        var asked = new List<(int Text, Task<TeacherAnswer> Answer)>();
        for (int k = 0; k < work.Count; k++)
        {
            bool unsure = work.Answers[k].Confidence < threshold;
            work.Answers[k].Deferred = unsure;
            if (!unsure && !all)
                continue;
            asked.Add((k, teacher.AskAsync(work.TextString(k), cancellation)));
            // One request has a batch at the teacher and no more, so that it leaves room for others, and for itself.
            if (asked.Count == teacher.Batch)
                await TakeAsync(asked, work).ConfigureAwait(false);
        }
        await TakeAsync(asked, work).ConfigureAwait(false);
    }

    private static async ValueTask TakeAsync(List<(int Text, Task<TeacherAnswer> Answer)> asked, Workspace work)
    {
        foreach ((int text, Task<TeacherAnswer> answer) in asked)
        {
            TeacherAnswer said = await answer.ConfigureAwait(false);
            ref Answer own = ref work.Answers[text];
            own.Teacher = said.Probabilities;
            // Where the student was sure, it stands in nobody's place.
            own.Fallback = own.Deferred ? said.Fallback : null;
            own.TeacherMicroseconds = (float)said.Took.TotalMicroseconds;
            own.Deferred &= said.Probabilities is not null;
        }
        asked.Clear();
    }

    /// <summary>The first of the largest.</summary>
    public static int IndexOfMost(ReadOnlySpan<float> values)
    {
        int most = 0;
        for (int k = 1; k < values.Length; k++)
        {
            if (values[k] > values[most])
                most = k;
        }
        return most;
    }

    /// <summary>Explains every answer: the class that is asked for, or else the answered one. It takes many times as long as an answer, and waits for its turn like one.</summary>
    /// <exception cref="ProblemException">Too many wait.</exception>
    public async ValueTask ExplainAsync(ServedModel model, Workspace work, int? label, CancellationToken cancellation)
    {
        using RateLimitLease lease = await gate.EnterAsync(cancellation).ConfigureAwait(false);
        for (int k = 0; k < work.Count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            work.Answers[k].Explanation = model.Classifier.Explain(work.TextString(k), label ?? IndexOfMost(work.Answered(k)));
        }
    }
}
