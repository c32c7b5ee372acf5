using Microsoft.Playwright;
using Retort.Tests.Pipeline;
using Retort.Tests.Server;

namespace Retort.Tests.Reports;

/// <summary>The report in a browser: on a phone, in the dark and on paper.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class RunPageLooksTests(FinishedRun finished, PageBrowser browser) : IClassFixture<PageBrowser>
{
    private const int Phone = 390;

    private Uri Report => new(Path.Combine(finished.Result.Folder, "report", "report.html"));

    [Theory]
    [InlineData(ColorScheme.Light, "rgb(255, 255, 255)")]
    [InlineData(ColorScheme.Dark, "rgb(20, 24, 29)")]
    public async Task On_a_phone_nothing_runs_out_of_the_page_in_the_reader_s_colours(ColorScheme scheme, string paper)
    {
        await using IBrowserContext context = await browser.NewContextAsync(Phone, scheme);
        IPage page = await OpenAsync(context);
        Assert.Equal(Phone, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Equal(paper, await PaperAsync(page));
        // Wide tables and plots are moved within themselves.
        Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('svg')].length > 0 && [...document.querySelectorAll('p, li, h1, h2')].every(e => e.getBoundingClientRect().right <= innerWidth)"));
    }

    [Fact]
    public async Task On_paper_it_is_light_however_dark_the_screen()
    {
        await using IBrowserContext context = await browser.NewContextAsync(Phone, ColorScheme.Dark);
        IPage page = await OpenAsync(context);
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        Assert.Equal("rgb(255, 255, 255)", await PaperAsync(page));
        Assert.Equal("rgb(0, 0, 0)", await page.EvaluateAsync<string>("getComputedStyle(document.body).color"));
        Assert.True((await page.PdfAsync()).Length > 10_000);
    }

    private async Task<IPage> OpenAsync(IBrowserContext context)
    {
        IPage page = await context.NewPageAsync();
        // Whatever it asked for beside itself would not come.
        await context.SetOfflineAsync(true);
        await page.GotoAsync(Report.AbsoluteUri);
        return page;
    }

    private static Task<string> PaperAsync(IPage page) => page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
}
