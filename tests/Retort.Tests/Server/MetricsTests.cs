using System.Globalization;
using System.Text.RegularExpressions;
using Retort.Runtime.Model;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>What <c>/metrics</c> counts.</summary>
[Collection(FinishedRunTests.Name)]
public sealed partial class MetricsTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Texts_classes_confidence_batches_and_refusals_are_counted()
    {
        await using OwnServer own = await OwnServer.StartAsync(Path.Combine(run.Result.Folder, "student"));
        await own.Client.ClassifyAsync(new { texts = new[] { "a good film", "the bad end", "a bad plot" } });
        await own.Client.ClassifyAsync(new { texts = new[] { "a good film" } });
        using HttpResponseMessage refused = await own.Client.PostAsync("/v1/classify", "{");
        Dictionary<string, double> metrics = await ReadAsync(own);
        Assert.Equal(4, metrics["retort_texts_total model=m source=student"]);
        Assert.Equal(2, metrics["retort_predictions_total label=bad model=m"]);
        Assert.Equal(2, metrics["retort_predictions_total label=good model=m"]);
        Assert.Equal(4, metrics["retort_confidence_count model=m"]);
        Assert.Equal(1, metrics["retort_batch_size_bucket le=1 model=m"]);
        Assert.Equal(2, metrics["retort_batch_size_bucket le=4 model=m"]);
        Assert.Equal(4, metrics["retort_batch_size_sum model=m"]);
        Assert.Equal(2, metrics["retort_classify_duration_seconds_count model=m"]);
        Assert.Equal(1, metrics["retort_refusals_total code=invalid_json"]);
        Assert.Contains(metrics.Keys, key => key.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal) && key.Contains("http_route=/v1/classify", StringComparison.Ordinal));
        Assert.DoesNotContain(metrics.Keys, key => key.Contains("film", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Drift_is_small_on_texts_like_those_of_dev_and_large_on_others()
    {
        string student = _folder["student"];
        Directory.CreateDirectory(student);
        foreach (string file in Directory.GetFiles(Path.Combine(run.Result.Folder, "student")))
            File.Copy(file, Path.Combine(student, Path.GetFileName(file)));
        string[] like = [.. Enumerable.Range(0, 100).Select(k => k % 2 == 0 ? "a good film" : "the bad end")];
        using (var classifier = Retort.Runtime.TextClassifier.Load(student))
            File.WriteAllText(Path.Combine(student, ReferenceDistribution.Name), ReferenceDistribution.Of(classifier.ClassifyAll(like), 2).ToJson());
        await using OwnServer own = await OwnServer.StartAsync(student, options => options with { DriftWindow = 100 });
        Assert.DoesNotContain(await ReadAsync(own), pair => pair.Key.StartsWith("retort_drift", StringComparison.Ordinal));
        await own.Client.ClassifyAsync(new { texts = like });
        Dictionary<string, double> metrics = await ReadAsync(own);
        Assert.InRange(metrics["retort_drift_psi model=m of=classes"], 0, 0.01);
        Assert.InRange(metrics["retort_drift_psi model=m of=confidence"], 0, 0.01);
        await own.Client.ClassifyAsync(new { texts = Enumerable.Repeat("a good film", 100) });
        Assert.InRange((await ReadAsync(own))["retort_drift_psi model=m of=classes"], 0.25, 100);
    }

    // name key=value key=value -> number, without the scope and with the labels by name.
    private static async Task<Dictionary<string, double>> ReadAsync(OwnServer own)
    {
        // What was scraped stands for 300 ms.
        await Task.Delay(400, TestContext.Current.CancellationToken);
        var metrics = new Dictionary<string, double>();
        foreach (string line in (await own.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Split('\n'))
        {
            if (Line().Match(line) is not { Success: true } match)
                continue;
            string[] labels = [.. Label().Matches(match.Groups[2].Value).Where(label => !label.Groups[1].Value.StartsWith("otel_scope", StringComparison.Ordinal)).Select(label => $" {label.Groups[1].Value}={label.Groups[2].Value}").Order(StringComparer.Ordinal)];
            metrics[match.Groups[1].Value + string.Concat(labels)] = double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture);
        }
        return metrics;
    }

    [GeneratedRegex("^([a-z_0-9]+)(?:\\{(.*)\\})? ([-+.0-9eEInfNa]+)")]
    private static partial Regex Line();

    [GeneratedRegex("([a-z_]+)=\"([^\"]*)\"")]
    private static partial Regex Label();
}
