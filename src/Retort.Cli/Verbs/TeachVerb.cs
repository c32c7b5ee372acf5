using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort teach</c>.</summary>
internal static class TeachVerb
{
    public static Command Create(Terminal terminal) =>
        StageVerb.Create(terminal, "teach", "Fine-tunes an encoder into a teacher.", Stage.Teach)
            .WithExample("retort teach reviews.yaml", "retort teach --set data.train=train.tsv --set teacher.encoder=hf:google-bert/bert-base-uncased");
}
