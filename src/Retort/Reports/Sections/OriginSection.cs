using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>What the figures were made with and from, and how to make them again.</summary>
internal static class OriginSection
{
    public static IEnumerable<XElement> Of(RunFiles run, RunSettings settings)
    {
        yield return Html.Section("data", "Data", Data(run), run.DataHash is null ? null : Html.Faint("SHA-256 of dev and test together, as the stage evaluate read them: ", Html.Code(run.DataHash)));
        yield return Html.Section("stages", "Stages", Html.Table("Stages", ["stage", "seconds", "peak memory, MB", "finished"], run.Manifest.Stages.Select(stage => (object?[])
        [
            stage.Key, Figures.Number(stage.Value.Seconds), Figures.Number(stage.Value.PeakMemoryMegabytes), Figures.Moment(stage.Value.Finished),
        ])), Html.Faint("Seconds of the last call that ran the stage, in UTC; trainings that were resumed count the time of all calls above. Peak memory is that of the process by then."));
        yield return Html.Section("repeat", "Repeat it",
            settings.Values is null ? Html.Faint($"The settings cannot be told: {settings.Reason}")
                : settings.Values.Count == 0 ? Html.Paragraph("Every setting is at its default.")
                : new object[]
                {
                    Html.Paragraph("Settings that are not at their defaults:"),
                    Html.Table("Settings", ["setting", new Column("value", IsText: true)], settings.Values.Select(value => (object?[])[Html.Code(value.Key), Html.Code(value.Value)])),
                },
            Html.Paragraph("The run's own copy of the recipe, with every default written out, repeats it:"),
            Html.Lines(string.Join('\n', [.. run.Report.Facts is { Command.Length: > 0 } facts ? new[] { $"# as it was typed\n{facts.Command}" } : [], $"# from the run's folder\nretort run {Quoted(settings.Recipe)}"])),
            Html.Table("Environment", ["environment", new Column("", IsText: true)], Environment(run)));
    }

    private static XElement Data(RunFiles run)
    {
        if (run.Report.Facts is { } facts)
        {
            IReadOnlyList<string> names = run.Report.Models[0].Test.Classes;
            return Html.Table("Data", ["part", "rows", new("classes", IsText: true), new("file", IsText: true), new("SHA-256 of classes, texts and labels", IsText: true)], facts.Data.Select(part => (object?[])
                [part.Name, Figures.Count(part.Rows), Classes(names, part.ClassCounts), Html.Code(part.Source), Html.Code(part.Hash)]));
        }
        ModelReport model = run.Report.Models[0];
        return Html.Table("Data", ["part", "rows", new("classes", IsText: true), new("file", IsText: true)], new[] { ("dev", model.Dev), ("test", model.Test) }.Select(part => (object?[])
            [part.Item1, Figures.Count(part.Item2.Texts), Classes(part.Item2.Classes, [.. part.Item2.PerClass.Select(scores => scores.Support)]), Html.Code(part.Item2.Source)]));
    }

    private static string Classes(IReadOnlyList<string> names, IReadOnlyList<int> counts)
    {
        const int Shown = 12;
        string listed = string.Join(", ", names.Zip(counts).Take(Shown).Select(one => $"{one.First} {Figures.Count(one.Second)}"));
        return names.Count > Shown ? $"{listed}, … ({names.Count} classes)" : listed;
    }

    private static IEnumerable<object?[]> Environment(RunFiles run)
    {
        RunFacts? facts = run.Report.Facts;
        yield return ["Retort", $"{run.Manifest.Retort}, commit {facts?.Commit ?? "not told"}"];
        yield return [".NET", run.Manifest.Framework];
        yield return ["system", run.Manifest.System];
        yield return ["processor", facts?.Cpu ?? string.Create(CultureInfo.InvariantCulture, $"{run.Manifest.Processors} processors")];
        yield return ["evaluated", $"{Figures.Moment(run.Manifest.Stages["evaluate"].Finished)} UTC"];
    }

    private static string Quoted(string path) => path.All(c => char.IsLetterOrDigit(c) || "/._-:\\".Contains(c, StringComparison.Ordinal)) ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
