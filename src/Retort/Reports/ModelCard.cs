using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Retort.Data;
using Retort.Evaluation;

namespace Retort.Reports;

/// <summary>
/// The card of a student, <c>README.md</c> of its folder, as the Hugging Face hub reads it: metadata in YAML, then text. What is not known
/// is said to be unknown.
/// </summary>
public static class ModelCard
{
    private const int ClassesShown = 200;

    // A string of JSON is one of YAML.
    private static readonly JsonSerializerOptions Yaml = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The card in Markdown.</summary>
    public static string ToMarkdown(CardFacts facts)
    {
        CardModel student = facts.Models[0];
        var card = new StringBuilder();
        Metadata(card, facts, student.Test);
        card.Append(Invariant($"""
            # {Line(facts.Name)}

            A text classifier of {facts.Data.Classes.Count} classes{(facts.Kind == TaskKind.MultiLabel ? ", of which a text may have several" : "")}: a TextCNN that Retort distilled from {Teachers(facts)}, seed {facts.Seed}{(student.Role == Role.StudentCompressed ? ", and compressed" : "")}.
            It runs in `Retort.Runtime` without any other library:

            ```csharp
            using var classifier = TextClassifier.Load("student");
            Classification answer = classifier.Classify(text);
            ```

            ## Intended use

            To name the class of texts like those that it was trained on. Classes: {string.Join(", ", facts.Data.Classes.Take(ClassesShown).Select(name => $"`{Line(name)}`"))}{(facts.Data.Classes.Count > ClassesShown ? $", … ({facts.Data.Classes.Count})" : "")}.
            What the classes mean, which languages the texts are in and who wrote them was not told to Retort: unknown.

            ## Training data


            """));
        card.Append(new TextTable(["part", "rows", "file"], [.. facts.Data.Parts.Select(part => (string[])[part.Name, Figures.Count(part.Rows), Path.GetFileName(part.Source)])]).ToMarkdown());
        card.Append(Invariant($"""

            The student learnt from {Figures.Count(facts.LearntFrom)} texts, with the teacher's answers{(facts.LearntByLabels ? " to those that were chosen and by the labels of the others" : "")}. SHA-256 of all labelled rows: `{facts.Fingerprint}`.
            The licence of the data, and whether they hold personal data: unknown.

            ## Evaluation

            On test, {Figures.Count(student.Test.Texts)} texts, which nothing was chosen on:


            """));
        card.Append(Scores(facts));
        card.Append(Invariant($"""

            Latency is that of one text at a time, from raw text, on one thread of {facts.Cpu}.{(student.TimedSeed is { } seed ? $" In place of this student that of seed {seed} was timed, of the same recipe." : "")} {Weakest(student.Test)}

            ## Calibration

            {Calibration(student.Test)}

            ## Limits

            - It reads the first {facts.MaxLength} tokens of a text: {Share(facts.Fit.Cut)} of the texts of test are longer.
            - Its vocabulary has {Figures.Count(facts.Vocabulary)} tokens: {Share(facts.Fit.Unknown)} of the tokens of test are not in it. It looks at runs of at most {facts.Shape.Windows.Max()} tokens, so order over longer ranges does not count.
            - It names a class of every text, also of one that belongs to none of them.
            - What its teacher gets wrong, it has learnt. How it treats groups of people, other domains and other languages was not measured: unknown.

            ## Licence

            {string.Join("\n", facts.Teachers.Select(teacher => $"- {Line(teacher.Name)}: {(teacher.Licence is null ? "licence unknown" : teacher.Licence)}"))}

            Which licence this student may have depends on these and on the data's; it is for whoever passes it on to say.


            """));
        return card.Append(Invariant($"Made by Retort {typeof(ModelCard).Assembly.GetName().Version!.ToString(3)} on {facts.Date:yyyy-MM-dd}.\n")).ToString();
    }

    private static void Metadata(StringBuilder card, CardFacts facts, EvaluationResult test)
    {
        card.Append("---\nlibrary_name: retort\npipeline_tag: text-classification\nlicense: unknown\ntags: [text-classification, textcnn, distillation]\n");
        (string Name, string Type, double? Value)[] metrics = [("accuracy", "accuracy", test.Accuracy), ("macro-F1", "f1", test.MacroF1)];
        card.Append(Invariant($"model-index:\n- name: {Quoted(facts.Name)}\n"));
        if (metrics.All(metric => metric.Value is null))
        {
            card.Append("  results: []\n---\n\n");
            return;
        }
        card.Append(Invariant($"  results:\n  - task:\n      type: text-classification\n    dataset:\n      name: {Quoted(facts.Name)}\n      type: {Quoted(facts.Name)}\n      split: test\n    metrics:\n"));
        foreach ((string name, string type, double? value) in metrics.Where(metric => metric.Value is not null))
            card.Append(Invariant($"    - type: {type}\n      name: {name}\n      value: {value:0.0000}\n"));
        card.Append("---\n\n");
    }

    private static string Scores(CardFacts facts) => new TextTable(["model", "accuracy", "macro-F1", "agreement with teacher", "size", "p50, µs", "p95, µs"],
        [.. facts.Models.Select((model, k) => (string[])
        [
            k == 0 ? "this student" : model.Role.Title(), Figures.Share(model.Test.Accuracy), Figures.Share(model.Test.MacroF1), Figures.Share(model.Test.Agreement),
            Figures.Bytes(model.Bytes), Figures.Number(model.Latency?.P50), Figures.Number(model.Latency?.P95),
        ])]).ToMarkdown();

    private static string Weakest(EvaluationResult test)
    {
        if (test.AgainstTeacher)
            return "The test texts have no labels: agreement with the teacher is all that could be measured, and accuracy is unknown.";
        (string name, Metrics.ClassScores scores) = test.Classes.Zip(test.PerClass).Where(one => one.Second.Support > 0).MinBy(one => one.Second.F1);
        return Invariant($"Its weakest class is `{Line(name)}`: F1 {scores.F1:0.0000} (precision {scores.Precision:0.0000}, recall {scores.Recall:0.0000}, {Figures.Count(scores.Support)} texts).");
    }

    private static string Calibration(EvaluationResult test) => test.CalibratedError is null
        ? "Unknown: it takes labels."
        : Invariant($"Probabilities come from logits divided by {test.Temperature:0.000}, fitted on dev and stored in `config.json`. Expected calibration error on test: {test.CalibratedError:0.0000} ({test.CalibrationError:0.0000} without).");

    private static string Teachers(CardFacts facts) => string.Join(" and ", facts.Teachers.Select(teacher => $"`{Line(teacher.Name)}`"));

    private static string Share(double share) => share is > 0 and < 0.001 ? "less than 0.1 %" : Invariant($"{100 * share:0.0} %");

    /// <summary>A name on one line that Markdown takes for nothing else.</summary>
    private static string Line(string name) => string.Concat(name.Select(c => char.IsControl(c) || c is '`' or '<' or '>' or '|' ? ' ' : c)).Trim();

    private static string Quoted(string name) => JsonSerializer.Serialize(name, Yaml);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
