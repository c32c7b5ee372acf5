using System.CommandLine;
using Retort.Server;

namespace Retort.Cli.Verbs;

/// <summary><c>retort serve</c>: answers over HTTP.</summary>
internal static class ServeVerb
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("serve", "Serves students over HTTP and gRPC: the Open Inference Protocol, /v1/classify, a page at /.");
        ServeCommand.Fill(command, terminal.Out);
        return command.WithExample("retort serve runs/reviews/student",
            "retort serve reviews=runs/reviews/student --cascade runs/reviews/cascade --host 0.0.0.0 --api-keys keys.txt");
    }
}
