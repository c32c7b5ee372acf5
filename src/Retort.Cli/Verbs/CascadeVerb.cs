using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort cascade</c>.</summary>
internal static class CascadeVerb
{
    public static Command Create(Terminal terminal)
    {
        // As text: the recipe says what is wrong with a number.
        Option<string?> epsilon = new("--epsilon") { Description = "Most points of accuracy to lose against the teacher (cascade.epsilon)", HelpName = "points" };
        Option<string?> outOfScope = new("--out-of-scope") { Description = "File of texts that belong to no class (cascade.out_of_scope)", HelpName = "file" };
        var options = new RecipeOptions(
            (epsilon, "cascade.epsilon", parsed => parsed.GetValue(epsilon)),
            (outOfScope, "cascade.out_of_scope", parsed => parsed.GetValue(outOfScope)));
        return StageVerb.Create(terminal, "cascade", "Makes a cascade that can be served, the student first and the teacher where it is unsure, after evaluate.", Stage.Cascade, options: options)
            .WithExample("retort cascade reviews.yaml --epsilon 1", "retort cascade intents.yaml --out-of-scope oos.tsv --set cascade.coverage=0.9");
    }
}
