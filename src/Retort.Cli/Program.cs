using System.Runtime.InteropServices;
using Retort.Cli;

using var interrupted = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using Terminal terminal = Terminal.OfProcess();
return await CommandLine.RunAsync(args, terminal, interrupted.Token);

// The first signal asks the job to stop where it can be resumed; a second one ends the process at once.
void Cancel(PosixSignalContext context)
{
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
