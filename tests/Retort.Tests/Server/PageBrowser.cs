using Microsoft.Playwright;

namespace Retort.Tests.Server;

/// <summary>Chromium without a window, started once a class; where there is none, tests that ask for a page are skipped.</summary>
public sealed class PageBrowser : IAsyncLifetime
{
    private static readonly string Executable = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Executable))
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable });
    }

    /// <summary>A context of its own, so that no test sees what another left.</summary>
    public async Task<IBrowserContext> NewContextAsync(int width, ColorScheme scheme)
    {
        Assert.SkipWhen(_browser is null, $"there is no browser at {Executable}: install Chromium, or let $CHROMIUM name it");
        return await _browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 } });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
