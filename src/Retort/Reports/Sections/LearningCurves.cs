using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;
using Retort.Training;

namespace Retort.Reports.Sections;

/// <summary>How each training went.</summary>
internal static class LearningCurves
{
    public static XElement? Of(RunFiles run)
    {
        NamedTraining[] students = [.. run.Trainings.Where(training => training.Role is not null)], others = [.. run.Trainings.Where(training => training.Role is null && training.Result.History.Count > 1)];
        if (students.Length + others.Length == 0)
            return null;
        string[] advice = [.. run.Trainings.SelectMany(training => training.Result.History.SelectMany(look => look.Advice.Select(text => $"{training.Stage}, step {look.Step}: {text}")))];
        return Html.Section("learning", "Learning curves",
            Html.Charts(Scores("Students", students), Likelihood("Students", students), Scores("Encoders and warm-ups", others), Likelihood("Encoders and warm-ups", others)),
            students.Any(training => training.Result.History.Any(look => look.Terms.Count > 0))
                ? Terms(students.Where(training => training.Seed == run.Report.BestSeed))
                : Html.Faint("The losses of the terms were not kept by the version that trained these students."),
            advice.Length == 0 ? null : new object[] { Html.Heading("What was said of the terms"), new XElement("ul", advice.Select(text => new XElement("li", text))) },
            Html.Table("Trainings", ["training", "steps", "best step", "dev accuracy", "macro-F1", "agreement", "seconds"], run.Trainings.Select(Row)));
    }

    /// <summary>Accuracy on dev by step, or where dev has no labels agreement.</summary>
    public static XElement? Scores(string title, IReadOnlyList<NamedTraining> trainings)
    {
        bool labelled = trainings.Any(training => training.Result.History.Any(look => double.IsFinite(look.Scores.Accuracy)));
        return Chart.Draw($"{title}: {(labelled ? "accuracy" : "agreement")} on dev", new ChartAxis("step"), new ChartAxis(labelled ? "accuracy" : "agreement"),
            trainings.Select(training => Line(training, trainings, look => labelled ? look.Scores.Accuracy : look.Scores.Agreement)));
    }

    private static XElement? Likelihood(string title, IReadOnlyList<NamedTraining> trainings) => Chart.Draw($"{title}: loss on dev", new ChartAxis("step"),
        new ChartAxis("negative log-likelihood, nats"), trainings.Select(training => Line(training, trainings, look => look.Scores.NegativeLogLikelihood)));

    private static ChartSeries Line(NamedTraining training, IReadOnlyList<NamedTraining> all, Func<Look, double> score)
    {
        int style = training.Role is { } role ? (int)role : all.TakeWhile(one => one != training).Count();
        return new ChartSeries(training.Role?.Title() ?? training.Stage, style,
            [.. training.Result.History.Select(look => new ChartPoint(look.Step, score(look), string.Create(CultureInfo.InvariantCulture, $"{training.Stage}, step {look.Step:#,0}: {score(look):0.0000}")))])
        { IsMarked = training.Result.History.Count <= 12 };
    }

    private static IEnumerable<XElement> Terms(IEnumerable<NamedTraining> trainings) => trainings.Where(training => training.Result.History.Any(look => look.Terms.Count > 0)).Select(training => Html.Details(
        $"The terms of the loss of the {training.Role!.Value.Title()}, seed {training.Seed}{(training.Stage.Split('/') is ["members", var member, _] ? $", member {member}" : "")}",
        Html.Charts(
            OfTerms(training, "Loss of each term", new ChartAxis("mean since the last look"), term => term.Loss),
            OfTerms(training, "Weighted loss of each term", new ChartAxis("mean since the last look"), term => term.Loss * term.Weight),
            OfTerms(training, "Gradient of each term", new ChartAxis("norm, by its weight"), term => term.GradientNorm),
            OfTerms(training, "Direction of each term", new ChartAxis("cosine to the first term's gradient"), term => term.Cosine))));

    private static XElement? OfTerms(NamedTraining training, string title, ChartAxis axis, Func<TermLook, double?> value)
    {
        string[] names = [.. training.Result.History.SelectMany(look => look.Terms).Select(term => term.Name).Distinct()];
        return Chart.Draw(title, new ChartAxis("step"), axis, names.Select((name, style) => new ChartSeries(name, style,
            [.. training.Result.History.Select(look => new ChartPoint(look.Step, look.Terms.FirstOrDefault(term => term.Name == name) is { } term ? value(term) ?? double.NaN : double.NaN))])
        { IsMarked = training.Result.History.Count <= 12 }));
    }

    private static object?[] Row(NamedTraining training) =>
    [
        training.Stage, Figures.Count(training.Result.Steps), Figures.Count(training.Result.BestStep), Score(training.Result.Best.Accuracy), Score(training.Result.Best.MacroF1),
        Score(training.Result.Best.Agreement), Figures.Number(training.Result.Elapsed.TotalSeconds),
    ];

    private static string Score(double score) => Figures.Share(double.IsFinite(score) ? score : null);
}
