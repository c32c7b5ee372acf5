using System.Text.Json.Nodes;
using Retort.Onnx.Cascades;
using Retort.Runtime;
using Retort.Server;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>A served cascade: the student where it is sure, the teacher else.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class CascadeServingTests(ServerFixture server, FinishedRun run) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Whoever_is_to_answer_does_and_says_so()
    {
        using var student = TextClassifier.Load(server.Student);
        string cascade = ServedCascade.Write(run, _folder["own"], 0.9);
        using var teacher = OnnxTeacher.Open(cascade, CascadeFile.Read(cascade).Teacher!, student.Labels, threads: 1);
        string[] texts = [.. Enumerable.Range(0, 40).Select(k => string.Join(' ', Enumerable.Repeat(k % 2 == 0 ? "good" : "bad", k % 3)) + " a film the end"), "unseen"];
        JsonArray answers = await server.Client.ClassifyAsync(new { model = "reviews", texts });
        int deferred = 0;
        foreach ((string text, JsonNode? answer) in texts.Zip(answers))
        {
            Classification own = student.Classify(text);
            bool unsure = own.Probability < 0.9;
            deferred += unsure ? 1 : 0;
            Assert.Equal(unsure ? "teacher" : "student", (string?)answer!["source"]);
            float[] said = teacher.Probabilities([text]);
            Assert.Equal(unsure ? student.Labels[said[0] >= said[1] ? 0 : 1] : own.Label, (string?)answer["label"]);
            Assert.Equal(unsure ? said.Max() : own.Probability, (float)answer["probability"]!, 1e-4);
            Assert.Equal(own.Probability >= 0.6, (bool)answer["in_scope"]!);
            Assert.Contains(own.Label, answer["set"]!.AsArray().Select(label => (string?)label));
        }
        Assert.InRange(deferred, 1, texts.Length - 1);
    }

    [Fact]
    public async Task Both_are_told_where_both_are_asked()
    {
        JsonNode answer = (await server.Client.ClassifyAsync(new { model = "reviews", texts = new[] { "a good good good film" }, teacher = true, timings = true, probabilities = true }))[0]!;
        foreach (string side in (string[])["student", "teacher"])
        {
            Assert.Equal(1, answer[side]!["probabilities"]!.AsObject().Sum(pair => (double)pair.Value!), 1e-5);
            Assert.InRange((double)answer[side]!["microseconds"]!, 0.01, 1e7);
        }
    }

    [Fact]
    public async Task A_cascade_without_a_teacher_rejects_alone()
    {
        string folder = _folder["alone"];
        ServedCascade.Write(run, folder, 0, file => file with { Teacher = null, Rejection = new RejectionRule { Threshold = 1 } });
        await using RetortServer alone = await StartAsync(new ModelSpec("alone", server.Student) { Cascade = folder });
        using var client = new HttpClient { BaseAddress = new Uri(alone.Addresses[0]) };
        JsonNode answer = (await client.ClassifyAsync(new { texts = new[] { "a film" } }))[0]!;
        Assert.False((bool)answer["in_scope"]!);
        Assert.Null(answer["source"]);
    }

    [Fact]
    public async Task A_cascade_of_another_student_is_refused()
    {
        string folder = ServedCascade.Write(run, _folder["other"], 0.5, file => file with { StudentSha256 = new string('0', 64) });
        var error = await Assert.ThrowsAsync<ServerOptionException>(() => StartAsync(new ModelSpec("m", server.Student) { Cascade = folder }));
        Assert.Contains("another student", error.Message, StringComparison.Ordinal);
        Assert.Contains("retort cascade", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cascade_that_is_incomplete_or_damaged_is_refused()
    {
        string folder = ServedCascade.Write(run, _folder["damaged"], 0.5);
        async Task<string> Refused() => (await Assert.ThrowsAsync<ServerOptionException>(() => StartAsync(new ModelSpec("m", server.Student) { Cascade = folder }))).Message;
        File.Move(Path.Combine(folder, "teacher/model.onnx"), Path.Combine(folder, "model.onnx"));
        Assert.Contains("teacher/model.onnx", await Refused(), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "teacher/model.onnx"), "no model");
        Assert.Contains("ONNX Runtime", await Refused(), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, CascadeFile.Name), "{");
        Assert.Contains("is not a cascade", await Refused(), StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, CascadeFile.Name));
        Assert.Contains("retort cascade", await Refused(), StringComparison.Ordinal);
    }

    private static Task<RetortServer> StartAsync(ModelSpec model) =>
        RetortServer.StartAsync(new ServerOptions { Models = [model], Port = 0 }, TestContext.Current.CancellationToken);
}
