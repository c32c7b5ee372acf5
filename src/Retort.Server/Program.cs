using System.CommandLine;
using System.Runtime.InteropServices;
using Retort.Server;

using var interrupted = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var command = new RootCommand("Serves students over HTTP and gRPC.");
ServeCommand.Fill(command, Console.Out);
try
{
    return await command.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupted.Token);
}
catch (ServerOptionException e)
{
    await Console.Error.WriteLineAsync($"error: {e.Message}");
    return 2;
}

catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    // Told to stop while it was starting.
    return 0;
}

// The first signal lets requests finish; a second one ends the process at once.
void Stop(PosixSignalContext context)
{
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
