using System.Diagnostics;
using System.Threading.RateLimiting;
using Retort.Runtime;
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
        List<(int Text, Task<TeacherAnswer> Answer)>? asked = null;
        for (int k = 0; k < work.Count; k++)
        {
            bool unsure = work.Answers[k].Confidence < threshold;
            work.Answers[k].Deferred = unsure;
            if (unsure || all)
                (asked ??= []).Add((k, teacher.AskAsync(work.TextString(k), cancellation)));
        }
        if (asked is null)
            return;
        foreach ((int text, Task<TeacherAnswer> answer) in asked)
        {
            TeacherAnswer said = await answer.ConfigureAwait(false);
            ref Answer own = ref work.Answers[text];
            (own.Teacher, own.Fallback) = (said.Probabilities, said.Fallback);
            own.TeacherMicroseconds = (float)said.Took.TotalMicroseconds;
            own.Deferred &= said.Probabilities is not null;
        }
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

    /// <summary>The class that is answered in the end.</summary>
    public static int IndexOf(in Answer answer) => answer.Deferred ? IndexOfMost(answer.Teacher) : answer.Index;

    /// <summary>Its explanation, of the class that was asked for or else the answered one.</summary>
    public static Explanation Explain(ServedModel model, Workspace work, int k, int? label) =>
        model.Classifier.Explain(work.TextString(k), label ?? IndexOf(work.Answers[k]));
}
