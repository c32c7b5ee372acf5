using System.CommandLine;
using Retort.Cli.Predictions;
using Retort.Training;

namespace Retort.Cli.Verbs;

/// <summary><c>retort predict</c>: classifies texts.</summary>
internal static class PredictVerb
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("model") { Description = "Folder of a student or a teacher" };
        var texts = new Argument<string[]>("text")
        {
            Description = "Texts to classify; without any, each line of standard input is one",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var file = new Option<string?>("--file") { Description = "Read the texts from a file, one a line", HelpName = "path" };
        var json = new Option<bool>("--json") { Description = "Print JSON lines with the probability of every class" };
        Option<int?> threads = ThreadsOption.Create();
        var command = new Command("predict", "Classifies texts: one line out, label and probability, for each text in.")
        {
            folder, texts, file, json, threads,
        };
        command.SetAction((parsed, cancellation) =>
        {
            IEnumerable<string> source = TextSource.Open(parsed.GetValue(texts) ?? [], parsed.GetValue(file), terminal);
            using Model model = Model.Load(parsed.GetRequiredValue(folder),
                new MachineOptions { Threads = parsed.GetValue(threads) ?? 0 });
            PredictLoop.Run(source, model.Classify, terminal.Out, parsed.GetValue(json), cancellation);
            return Task.CompletedTask;
        });
        return command.WithExample("retort predict runs/reviews/student \"What a film!\"",
            "cut -f1 test.tsv | retort predict runs/reviews/student --json");
    }
}
