using System.Diagnostics;
using Retort.Runs;
using Retort.Teachers;

namespace Retort.Tests.Teachers.Sources;

public sealed class HubModelTests
{
    private const string Index = "model.safetensors.index.json";

    [Fact]
    public async Task A_model_is_downloaded_whole_and_then_used_without_a_request()
    {
        await using var hub = new StandInHub();
        string folder = await hub.ResolveAsync();
        foreach ((string name, byte[] content) in hub.Files)
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(folder, name), TestContext.Current.CancellationToken));
        Assert.Equal(3, Directory.GetFiles(folder).Length);
        using (ModelWeights weights = ModelWeights.Open(folder))
            Assert.Equal(3000, weights.ReadSingles("a").Length);

        int requests = hub.HubRequests.Length;
        Assert.Equal(folder, await hub.ResolveAsync());
        Assert.Equal(folder, await hub.ResolveAsync($"hf:{StandInHub.Repository}@{StandInHub.Commit}"));
        hub.Options = hub.Options with { Offline = true };
        Assert.Equal(folder, await hub.ResolveAsync());
        Assert.Equal(requests, hub.HubRequests.Length);
    }

    [Fact]
    public async Task Shards_are_found_through_the_index()
    {
        await using var hub = new StandInHub();
        hub.Files.Remove("model.safetensors");
        hub.Files["model-1.safetensors"] = StandInHub.Weights(("a", 10));
        hub.Files["model-2.safetensors"] = StandInHub.Weights(("b", 20));
        hub.Files["pytorch_model.bin"] = [1];
        hub.Files[Index] = """{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"""u8.ToArray();
        string folder = await hub.ResolveAsync();
        using ModelWeights weights = ModelWeights.Open(folder);
        Assert.Equal(20, weights.ReadSingles("b").Length);
        Assert.False(File.Exists(Path.Combine(folder, "pytorch_model.bin")));
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_to_no_other_host()
    {
        await using var hub = new StandInHub();
        hub.Options = hub.Options with { Token = "hf_secret" };
        await hub.ResolveAsync();
        Assert.All(hub.HubRequests, request => Assert.Equal("Bearer hf_secret", request.Header("Authorization")));
        Assert.NotEmpty(hub.ContentRequests);
        Assert.All(hub.ContentRequests, request => Assert.Null(request.Header("Authorization")));
        Assert.DoesNotContain("hf_secret", hub.Options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_relative_redirect_of_a_renamed_model_is_followed()
    {
        await using var hub = new StandInHub();
        hub.OnHub = request => request.Path.Contains("/old/", StringComparison.Ordinal)
            ? new LocalReply(307, []) { Headers = new() { ["Location"] = request.Path.Replace("old/name", "org/model", StringComparison.Ordinal) } }
            : null;
        string folder = await hub.ResolveAsync("hf:old/name");
        Assert.True(File.Exists(Path.Combine(folder, "model.safetensors")));
    }

    [Fact]
    public async Task A_dropped_connection_is_resumed_where_it_broke_however_often()
    {
        await using var hub = new StandInHub();
        int left = 6;
        hub.OnContent = request => Interlocked.Decrement(ref left) < 0 ? null : Dropped(hub, request, 1000);
        string folder = await hub.ResolveAsync();
        AssertWeights(hub, folder);
        string?[] ranges = [.. hub.ContentRequests.Select(request => request.Header("Range"))];
        Assert.Equal([null, "bytes=1000-", "bytes=2000-", "bytes=3000-", "bytes=4000-", "bytes=5000-", "bytes=6000-"], ranges);
    }

    [Fact]
    public async Task A_later_run_resumes_what_an_earlier_one_left()
    {
        await using var hub = new StandInHub();
        hub.Options = hub.Options with { Attempts = 1 };
        hub.OnContent = request => Dropped(hub, request, 5000);
        var e = await Assert.ThrowsAsync<RetortException>(() => hub.ResolveAsync());
        Assert.Contains("what was downloaded is kept", e.Message, StringComparison.Ordinal);
        hub.OnContent = _ => null;
        AssertWeights(hub, await hub.ResolveAsync());
        Assert.Equal("bytes=5000-", hub.ContentRequests[^1].Header("Range"));
        Assert.Single(hub.HubRequests, request => request.Path.EndsWith("config.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_changed_between_attempts_is_fetched_anew()
    {
        await using var hub = new StandInHub();
        int calls = 0;
        hub.OnContent = request =>
        {
            if (calls++ > 0)
                return null;
            LocalReply reply = Dropped(hub, request, 2000);
            hub.Files["model.safetensors"] = StandInHub.Weights(("a", 3001));
            return reply;
        };
        AssertWeights(hub, await hub.ResolveAsync());
    }

    [Fact]
    public async Task A_part_that_is_longer_than_the_file_is_dropped()
    {
        await using var hub = new StandInHub();
        int calls = 0;
        hub.OnContent = request => ++calls switch
        {
            1 => Dropped(hub, request, 2000),
            2 => new LocalReply(416, []),
            _ => null,
        };
        AssertWeights(hub, await hub.ResolveAsync());
        Assert.Null(hub.ContentRequests[^1].Header("Range"));
    }

    [Fact]
    public async Task A_wrong_checksum_is_tried_once_more_and_then_refused()
    {
        await using var hub = new StandInHub();
        int calls = 0, bad = 1;
        hub.OnContent = request => calls++ < bad ? Corrupt(hub, request) : null;
        AssertWeights(hub, await hub.ResolveAsync());

        await using var worse = new StandInHub();
        calls = 0;
        bad = int.MaxValue;
        worse.OnContent = request => calls++ < bad ? Corrupt(worse, request) : null;
        var e = await Assert.ThrowsAsync<RetortException>(() => worse.ResolveAsync());
        Assert.Contains("model.safetensors: downloaded 2 times, its checksum is", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(worse.CachedFiles(), path => path.Contains(".safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_small_file_is_checked_by_its_git_hash()
    {
        await using var hub = new StandInHub();
        hub.OnHub = request => request.Path.EndsWith("vocab.txt", StringComparison.Ordinal)
            ? StandInHub.WithRange(request, "[PAD]\n[XXX]\n"u8.ToArray(), StandInHub.GitSha1(hub.Files["vocab.txt"]))
            : null;
        var e = await Assert.ThrowsAsync<RetortException>(() => hub.ResolveAsync());
        Assert.Contains("vocab.txt: downloaded 2 times", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_without_checksums_is_used_and_told_of()
    {
        await using var hub = new StandInHub();
        hub.OnHub = request => request.Path.EndsWith("vocab.txt", StringComparison.Ordinal)
            ? new LocalReply(200, hub.Files["vocab.txt"])
            : null;
        await hub.ResolveAsync();
        Assert.Contains(hub.Notes, note => note.Contains("vocab.txt: the hub names no checksum", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_busy_hub_is_asked_again_after_the_time_it_names(int status)
    {
        await using var hub = new StandInHub();
        int calls = 0;
        hub.OnHub = _ => calls++ == 0 ? new LocalReply(status, []) { Headers = new() { ["Retry-After"] = "1" } } : null;
        var clock = Stopwatch.StartNew();
        await hub.ResolveAsync();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 20);
        Assert.Contains(hub.Notes, note => note.Contains($"answered {status}", StringComparison.Ordinal)
            && note.Contains("next attempt in 1 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hub_that_stays_busy_is_given_up()
    {
        await using var hub = new StandInHub { OnHub = _ => new LocalReply(500, []) };
        var e = await Assert.ThrowsAsync<RetortException>(() => hub.ResolveAsync());
        Assert.Contains("answered 500", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, hub.HubRequests.Length);
    }

    [Fact]
    public async Task A_connection_that_stalls_is_given_up_and_resumed()
    {
        await using var hub = new StandInHub();
        hub.Options = hub.Options with { StallTimeout = TimeSpan.FromSeconds(3) };
        int calls = 0;
        hub.OnContent = request => calls++ == 0
            ? StandInHub.WithRange(request, hub.Files["model.safetensors"], "x") with { Stall = TimeSpan.FromMinutes(1) }
            : null;
        AssertWeights(hub, await hub.ResolveAsync());
        Assert.Contains(hub.Notes, note => note.Contains("no answer in time", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(401, "GatedRepo", "is gated: ask for access at", false)]
    [InlineData(403, "GatedRepo", "set HF_TOKEN", false)]
    [InlineData(401, "RepoNotFound", "check the spelling; for a private model, set HF_TOKEN", true)]
    [InlineData(404, "RevisionNotFound", "has no revision 'main'", true)]
    [InlineData(404, "", "no such model or revision", true)]
    [InlineData(418, "", "answered 418", false)]
    public async Task A_refusal_is_explained(int status, string code, string reason, bool usage)
    {
        await using var hub = new StandInHub
        {
            OnHub = _ => new LocalReply(status, []) { Headers = new() { ["X-Error-Code"] = code } },
        };
        var e = await Assert.ThrowsAnyAsync<RetortException>(() => hub.ResolveAsync());
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains(StandInHub.Repository, e.Message, StringComparison.Ordinal);
        Assert.Equal(usage, e is UsageException);
        Assert.Single(hub.HubRequests);
    }

    [Fact]
    public async Task A_refused_token_is_named_as_the_cause()
    {
        await using var hub = new StandInHub { OnHub = _ => new LocalReply(401, []) };
        hub.Options = hub.Options with { Token = "hf_secret" };
        var e = await Assert.ThrowsAsync<RetortException>(() => hub.ResolveAsync());
        Assert.Contains("refuses the token in HF_TOKEN", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_cannot_serve_is_refused_before_any_download()
    {
        await using var hub = new StandInHub();
        hub.Files.Remove("model.safetensors");
        hub.Files["pytorch_model.bin"] = [1];
        var e = await Assert.ThrowsAsync<UsageException>(() => hub.ResolveAsync());
        Assert.Contains("pickled weights are not read", e.Message, StringComparison.Ordinal);
        hub.Files.Remove("vocab.txt");
        Assert.Contains("has no tokenizer: expected vocab.txt, tokenizer.json,", (await Assert.ThrowsAsync<UsageException>(() => hub.ResolveAsync())).Message,
            StringComparison.Ordinal);
        hub.Files.Remove("config.json");
        Assert.Contains("no config.json", (await Assert.ThrowsAsync<UsageException>(() => hub.ResolveAsync())).Message,
            StringComparison.Ordinal);
        Assert.Equal(3, hub.HubRequests.Length);
    }

    [Fact]
    public async Task An_index_cannot_write_outside_the_cache()
    {
        await using var hub = new StandInHub();
        hub.Files.Remove("model.safetensors");
        hub.Files[Index] = """{"weight_map":{"a":"../../evil.safetensors"}}"""u8.ToArray();
        var e = await Assert.ThrowsAsync<RetortException>(() => hub.ResolveAsync());
        Assert.Contains("'../../evil.safetensors' is not the name", e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.ContentRequests);
    }

    [Fact]
    public async Task An_answer_that_is_not_the_hubs_is_refused()
    {
        await using var hub = new StandInHub { OnHub = _ => new LocalReply(200, "<html>"u8.ToArray()) };
        var e = await Assert.ThrowsAsync<RetortException>(() => hub.ResolveAsync());
        Assert.Contains("is HF_ENDPOINT right?", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_at_once_download_once()
    {
        await using var hub = new StandInHub();
        hub.OnContent = request =>
        {
            // Hold the first until the second has come as far as the lock.
            SpinWait.SpinUntil(() => hub.HubRequests.Count(r => r.Path.StartsWith("/api/", StringComparison.Ordinal)) == 2);
            return StandInHub.WithRange(request, hub.Files["model.safetensors"], "x") with { Stall = TimeSpan.FromSeconds(2) };
        };
        string[] folders = await Task.WhenAll(hub.ResolveAsync(), hub.ResolveAsync());
        Assert.Equal(folders[0], folders[1]);
        AssertWeights(hub, folders[0]);
        Assert.Single(hub.ContentRequests);
        Assert.Contains(hub.Notes, note => note.Contains("waiting for another process", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_interrupted_download_leaves_no_folder_that_looks_whole()
    {
        await using var hub = new StandInHub();
        using var interrupt = new CancellationTokenSource();
        hub.OnContent = request =>
        {
            interrupt.Cancel();
            return null;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hub.ResolveUntilAsync(interrupt.Token));
        hub.Options = hub.Options with { Offline = true };
        await Assert.ThrowsAsync<RetortException>(() => hub.ResolveAsync());
        hub.Options = hub.Options with { Offline = false };
        hub.OnContent = _ => null;
        AssertWeights(hub, await hub.ResolveAsync());
    }

    [Fact]
    public async Task An_unreachable_hub_fails_at_once_with_the_cures()
    {
        await using var hub = new StandInHub();
        hub.Options = hub.Options with { HubEndpoint = new Uri("http://127.0.0.1:1"), RetryDelay = TimeSpan.FromMinutes(1) };
        var clock = Stopwatch.StartNew();
        var e = await Assert.ThrowsAnyAsync<RetortException>(() => hub.ResolveAsync());
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 50);
        Assert.Contains("cannot be reached", e.Message, StringComparison.Ordinal);
        Assert.Contains("HF_ENDPOINT", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offline_without_a_cached_model_says_how_to_get_it()
    {
        await using var hub = new StandInHub();
        hub.Options = hub.Options with { Offline = true };
        var e = await Assert.ThrowsAsync<RetortException>(() => hub.ResolveAsync());
        Assert.Contains("run once without it", e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.HubRequests);
    }

    private static LocalReply Dropped(StandInHub hub, LocalRequest request, int after) =>
        Content(hub, request, hub.Files["model.safetensors"]) with { DropAfter = after };

    private static LocalReply Corrupt(StandInHub hub, LocalRequest request)
    {
        byte[] content = [.. hub.Files["model.safetensors"]];
        content[^1] ^= 1;
        return Content(hub, request, content);
    }

    private static LocalReply Content(StandInHub hub, LocalRequest request, byte[] content) => StandInHub.WithRange(
        request, content, StandInHub.ContentTag(hub.Files["model.safetensors"]));

    private static void AssertWeights(StandInHub hub, string folder) =>
        Assert.Equal(hub.Files["model.safetensors"], File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
}
