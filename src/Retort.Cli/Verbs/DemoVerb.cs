using System.CommandLine;
using Retort.Cli.Predictions;
using Retort.Pipeline;
using Retort.Teachers.Sources;
using Retort.Training;

namespace Retort.Cli.Verbs;

/// <summary><c>retort demo</c>: everything once, on data that every .NET SDK carries.</summary>
internal static class DemoVerb
{
    public static Command Create(Terminal terminal)
    {
        var quick = new Option<bool>("--quick") { Description = "Fewer rows and less training: under 4 minutes" };
        var runs = new Option<string>("--runs") { Description = "Folder of the runs", DefaultValueFactory = _ => "runs", HelpName = "folder" };
        var offline = new Option<bool>("--offline") { Description = "Use only models that are already in the cache" };
        Option<int?> threads = ThreadsOption.Create();
        var command = new Command("demo", "Fine-tunes a BERT encoder, distils it and compares, on sentences of .NET's own "
            + "documentation. Needs no data; downloads the encoder (45 MB) once. Under 12 minutes on two cores.")
        {
            quick, runs, offline, threads,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var machine = new MachineOptions { Threads = parsed.GetValue(threads) ?? 0 };
            var sources = new SourceOptions { Offline = parsed.GetValue(offline) };
            RunResult result = ConsoleProgress.Run(terminal, progress =>
            {
                LibTorch.RequireSupported();
                Recipe recipe = Demo.Prepare(parsed.GetRequiredValue(runs), parsed.GetValue(quick), machine, progress, cancellation);
                return RunPipeline.Run(recipe, sources, Stage.Evaluate, null, "retort demo", progress, cancellation);
            });
            Write(terminal, result, machine);
            return Task.CompletedTask;
        });
        return command.WithExample("retort demo", "retort demo --quick");
    }

    /// <summary>Prints the comparison, the student's word on some sentences, and what to run next.</summary>
    internal static void Write(Terminal terminal, RunResult result, MachineOptions machine)
    {
        RunSummary.Write(terminal, result, json: false);
        Classify(terminal, Path.Combine(result.Folder, "student"), machine);
    }

    private static void Classify(Terminal terminal, string folder, MachineOptions machine)
    {
        using Model model = Model.Load(folder, machine);
        terminal.Out.WriteLine("\nThe student on five sentences that it has not seen:");
        IReadOnlyList<Prediction> predictions = model.Classify(Demo.Sentences);
        for (int k = 0; k < predictions.Count; k++)
            terminal.Out.WriteLine($"  {PredictionLine.Tabbed(predictions[k]).Replace('\t', ' '),-22} {Demo.Sentences[k]}");
        terminal.Out.WriteLine($"""

            What to do next:
              retort predict {folder} "Your own sentence."
              retort init my.yaml      a recipe with every option explained: name your files in it
              retort run my.yaml       the same on your own data
            """);
    }
}
