using Retort.Server.Security;

namespace Retort.Server.Models;

/// <summary>Looks at models, keys and certificates for changes.</summary>
internal sealed class ReloadService(ServerOptions options, ModelStore models, ApiKeys keys, Certificates certificates) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Reload <= TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(options.Reload);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                keys.Reload();
                certificates.Reload();
                models.Reload();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
