using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Retort.Tests.Pipeline;
using static Microsoft.Playwright.Assertions;

namespace Retort.Tests.Server;

/// <summary>The server's page, as a reader meets it in a browser; errors come from answers put in the server's place.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class PageTests(ServerFixture server, PageBrowser browser)
    : IClassFixture<ServerFixture>, IClassFixture<PageBrowser>, IAsyncDisposable
{
    private const string Review = "The acting is wonderful, but the plot is dull and not good at all.";

    // The machine may have other work, and the first answer of a teacher takes its time.
    private const float Patience = 30_000;

    private readonly List<string> _complaints = [];
    private IBrowserContext? _context;

    /// <summary>The console stays clean: neither errors of the script nor breaches of the content security policy.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_context is not null)
            await _context.DisposeAsync();
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task A_typed_text_is_answered_by_the_student_and_by_the_teacher()
    {
        IPage page = await OpenAsync();
        await page.Locator("#text").PressSequentiallyAsync(Review);
        ILocator rows = page.Locator("#classes tbody tr");
        await Expect(rows.Locator(".teacher .number")).ToContainTextAsync(["%", "%"]);
        await Expect(rows.Locator(".student .number")).ToContainTextAsync(["%", "%"]);
        foreach (string side in (string[])["student", "teacher"])
        {
            double[] shares = await rows.Locator($".{side} .bar").EvaluateAllAsync<double[]>(
                "bars => bars.map(bar => Number(bar.style.getPropertyValue('--share')))");
            Assert.Equal(1, shares.Sum(), 1e-3);
            await Expect(page.Locator($"#classes tfoot .{side}")).ToHaveTextAsync([Times(), Times()]);
        }
        string[] labels = await Labels(page);
        Assert.Contains(await page.Locator("#verdict strong").TextContentAsync(), labels);
    }

    [Theory]
    [InlineData(Review)]
    [InlineData("画面很好,剧情太差。😀👨‍👩‍👧 not good <b>at</b> all")]
    [InlineData("فيلم رائع good but e\u0301 not dull")]
    public async Task The_text_is_shown_unchanged_with_marks_and_its_strongest_parts(string text)
    {
        IPage page = await OpenAsync();
        await page.FillAsync("#text", text);
        await Expect(page.Locator("#marked")).ToHaveJSPropertyAsync("textContent", text);
        Assert.NotEqual(0, await page.Locator("#marked :is([class^=for-], [class^=against-])").CountAsync());
        string[] parts = [.. await page.Locator("#parts li bdi").AllTextContentsAsync()];
        Assert.NotEmpty(parts);
        Assert.All(parts, part => Assert.Contains(part.TrimEnd('…'), text, StringComparison.Ordinal));
        Assert.All(await page.Locator("#parts .number").AllTextContentsAsync(), said => Assert.Matches("^(for, [+]|against, −)[0-9]", said));
    }

    [Fact]
    public async Task A_class_is_explained_by_its_button_and_the_likeliest_again_by_another()
    {
        IPage page = await OpenAsync();
        await page.FillAsync("#text", Review);
        string likeliest = await page.Locator("#explanation-title bdi").TextContentAsync() ?? "";
        string other = (await Labels(page)).Single(label => label != likeliest);
        ILocator button = page.GetByRole(AriaRole.Button, new() { Name = other, Exact = true });
        await button.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(button).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(button).ToBeFocusedAsync();
        await Expect(page.Locator("#explanation-title bdi")).ToHaveTextAsync(other);
        await page.ClickAsync("#follow");
        await Expect(page.Locator("#explanation-title bdi")).ToHaveTextAsync(likeliest);
        await Expect(button).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Fact]
    public async Task Every_control_is_reached_by_the_keyboard_and_shows_it()
    {
        IPage page = await OpenAsync();
        await page.FillAsync("#text", Review);
        await Expect(page.Locator("#explanation")).ToBeVisibleAsync();
        await page.FocusAsync("#text");
        List<string> reached = [];
        for (int i = 0; i < 4; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("() => document.activeElement.id || document.activeElement.textContent"));
            Assert.Equal("solid", await page.EvaluateAsync<string>("() => getComputedStyle(document.activeElement).outlineStyle"));
        }
        Assert.Equal(["choose", .. await Labels(page), "marked"], reached);
    }

    [Fact]
    public async Task A_screen_reader_is_told_once_the_typing_rests()
    {
        IPage page = await OpenAsync();
        await page.EvaluateAsync(
            """
            () => {
              const status = document.querySelector('[role=status]');
              window.said = [];
              new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true, subtree: true, characterData: true });
            }
            """);
        await page.Locator("#text").PressSequentiallyAsync(Review, new() { Delay = 20 });
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Teacher: ");
        string[] said = await page.EvaluateAsync<string[]>("() => window.said");
        Assert.InRange(said.Length, 1, 3);
        Assert.Matches("^Student: .+ %[.] Teacher: .+ %[.]$", said[^1].Replace('\u00a0', ' '));
    }

    [Fact]
    public async Task An_answer_to_a_text_that_stands_no_more_is_discarded()
    {
        IPage page = await OpenAsync();
        TaskCompletionSource asked = new(), released = new();
        await page.RouteAsync("**/v1/classify", async route =>
        {
            if (route.Request.PostData!.Contains("older", StringComparison.Ordinal))
            {
                asked.TrySetResult();
                await released.Task;
            }
            await route.ContinueAsync();
        });
        await page.FillAsync("#text", "the older text");
        await asked.Task;
        await page.FillAsync("#text", "the newer text");
        await Expect(page.Locator("#marked")).ToHaveTextAsync("the newer text");
        released.SetResult();
        await Expect(page.Locator("#classes tbody .teacher .number")).ToContainTextAsync(["%", "%"]);
        await Expect(page.Locator("#marked")).ToHaveTextAsync("the newer text");
    }

    [Fact]
    public async Task Of_a_file_the_first_thousand_lines_become_a_table_and_a_CSV_file()
    {
        IPage page = await OpenAsync();
        string file = string.Join('\n', Enumerable.Range(1, 1100).Select(i => i == 2 ? "of \"two\", good" : $"text {i} is dull"));
        await page.SetInputFilesAsync("#file", new FilePayload { Name = "texts.txt", MimeType = "text/plain", Buffer = Encoding.UTF8.GetBytes(file) });
        await Expect(page.Locator("#download")).ToBeVisibleAsync();
        await Expect(page.Locator("#lines-body tr")).ToHaveCountAsync(1000);
        await Expect(page.Locator("#progress-text")).ToContainTextAsync("The first 1,000 texts");
        await Expect(page.Locator("#lines-title")).ToBeFocusedAsync();
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("#download"));
        Assert.Equal("texts.csv", download.SuggestedFilename);
        string[] records = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Equal(1001, records.Length);
        Assert.StartsWith("line,text,label,probability", records[0], StringComparison.Ordinal);
        string label = await page.Locator("#lines-body tr:nth-child(2) td:nth-child(3)").InnerTextAsync();
        Assert.StartsWith($"2,\"of \"\"two\"\", good\",{label},0.", records[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_UTF_8_is_refused()
    {
        IPage page = await OpenAsync();
        await page.SetInputFilesAsync("#file", new FilePayload { Name = "old.txt", MimeType = "text/plain", Buffer = [0x67, 0xFC, 0x74] });
        await Expect(page.Locator("#problem-title")).ToHaveTextAsync("old.txt cannot be classified");
        await Expect(page.Locator("#lines")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task An_error_is_shown_as_the_server_says_it_and_goes_with_the_next_answer()
    {
        IPage page = await OpenAsync();
        await AnswerAsync(page, 400, """{"title":"No such thing","detail":"Found <b>that</b>.","code":"wrong"}""");
        await page.FillAsync("#text", Review);
        await Expect(page.Locator("#problem-title")).ToHaveTextAsync("No such thing");
        await Expect(page.Locator("#problem-detail")).ToHaveTextAsync("Found <b>that</b>.");
        await Expect(page.Locator("#problem-code")).ToHaveTextAsync("wrong");
        await page.UnrouteAllAsync();
        await page.ClickAsync("#again");
        await Expect(page.Locator("#problem")).ToBeHiddenAsync();
        await Expect(page.Locator("#marked")).ToHaveTextAsync(Review);
    }

    [Fact]
    public async Task A_key_is_asked_for_sent_and_kept_nowhere()
    {
        IPage page = await OpenAsync();
        await AnswerAsync(page, 401, """{"title":"A key is needed","code":"unauthorized"}""");
        await page.FillAsync("#text", Review);
        await page.FillAsync("#key", "secret");
        await page.UnrouteAllAsync();
        IRequest request = await page.RunAndWaitForRequestAsync(() => page.PressAsync("#key", "Enter"), "**/v1/classify");
        Assert.Equal("Bearer secret", await request.HeaderValueAsync("authorization"));
        await Expect(page.Locator("#marked")).ToHaveTextAsync(Review);
        await Expect(page.Locator("#entry")).ToBeHiddenAsync();
        Assert.Equal(0, await page.EvaluateAsync<int>("() => localStorage.length + sessionStorage.length + document.cookie.length"));
        Assert.Equal("", await page.InputValueAsync("#key"));
    }

    [Fact]
    public async Task A_busy_server_is_given_the_time_that_it_asks_for()
    {
        IPage page = await OpenAsync();
        await AnswerAsync(page, 429, """{"title":"Too many requests"}""", new() { ["Retry-After"] = "2" });
        await page.FillAsync("#text", "good");
        await Expect(page.Locator("#problem-detail")).ToHaveTextAsync("Asking again in 2 s.");
        await page.UnrouteAllAsync();
        long refused = Environment.TickCount64;
        await page.FillAsync("#text", Review);
        await Expect(page.Locator("#marked")).ToHaveTextAsync(Review);
        Assert.InRange(Environment.TickCount64 - refused, 1000, (long)Patience);
        await Expect(page.Locator("#problem")).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1600, ColorScheme.Light)]
    [InlineData(1600, ColorScheme.Dark)]
    public async Task The_page_fits_its_window_and_its_words_stand_out(int width, ColorScheme scheme)
    {
        IPage page = await OpenAsync(width, scheme);
        await page.FillAsync("#text", Review);
        await Expect(page.Locator("#classes tbody .teacher .number")).ToContainTextAsync(["%", "%"]);
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        string[] faint = await page.EvaluateAsync<string[]>(TooFaint);
        Assert.Empty(faint);
    }

    // Elements with words of their own whose contrast is below 4.5, the ratio of WCAG 2.2, 1.4.3 (AA).
    private const string TooFaint =
        """
        () => {
          const rgb = colour => colour.match(/[\d.]+/g).map(Number);
          const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
          const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
          const ground = element => {
            const colour = rgb(getComputedStyle(element).backgroundColor);
            return colour[3] === 0 && element.parentElement ? ground(element.parentElement) : colour;
          };
          const ratio = element => {
            const [a, b] = [rgb(getComputedStyle(element).color), ground(element)].map(luminance);
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          };
          const worded = [...document.body.querySelectorAll('*')].filter(element => element.checkVisibility()
            && [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()));
          return worded.filter(element => ratio(element) < 4.5).map(element => `${element.outerHTML}: ${ratio(element)}`);
        }
        """;

    private static Regex Times() => new("^[0-9.,]+\\s(µs|ms|s)$");

    private static async Task<string[]> Labels(IPage page) => [.. await page.Locator("#classes tbody button").AllTextContentsAsync()];

    private static async Task AnswerAsync(IPage page, int status, string problem, Dictionary<string, string>? headers = null) =>
        await page.RouteAsync("**/v1/classify", route => route.FulfillAsync(
            new() { Status = status, ContentType = "application/problem+json", Body = problem, Headers = headers }));

    private async Task<IPage> OpenAsync(int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        SetDefaultExpectTimeout(Patience);
        _context = await browser.NewContextAsync(width, scheme);
        IPage page = await _context.NewPageAsync();
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, message) =>
        {
            // The browser logs each refusal that a test provokes.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                _complaints.Add(message.Text);
        };
        await page.GotoAsync(server.Address);
        await Expect(page.Locator("#classes tbody tr")).ToHaveCountAsync(2);
        return page;
    }
}
