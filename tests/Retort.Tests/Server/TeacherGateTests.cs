using Retort.Server.Cascade;

namespace Retort.Tests.Server;

/// <summary>How a teacher is asked: in batches, within limits, and not while it fails.</summary>
public sealed class TeacherGateTests
{
    private static readonly TeacherGateOptions Options = new() { Patience = TimeSpan.FromSeconds(20), Break = TimeSpan.FromMilliseconds(500), Window = TimeSpan.FromMilliseconds(30) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Texts_that_come_together_are_asked_together_and_each_gets_its_own()
    {
        var sizes = new List<int>();
        using TeacherGate gate = Gate(texts =>
        {
            lock (sizes)
                sizes.Add(texts.Count);
            return [.. texts.SelectMany(text => (float[])[float.Parse(text, System.Globalization.CultureInfo.InvariantCulture), 0])];
        }, Options with { Batch = 8 });
        TeacherAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(k => gate.AskAsync($"{k}", Cancellation)));
        Assert.Equal(Enumerable.Range(0, 20).Select(k => (float)k), answers.Select(answer => answer.Probabilities![0]));
        Assert.True(sizes.Count <= 5, $"{sizes.Count} batches");
        Assert.True(sizes.Max() <= 8);
        Assert.Equal(0, gate.Waiting);
    }

    [Fact]
    public async Task No_more_batches_run_at_once_than_may()
    {
        int now = 0, most = 0;
        using TeacherGate gate = Gate(texts =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            Thread.Sleep(5);
            Interlocked.Decrement(ref now);
            return new float[2 * texts.Count];
        }, Options with { Batch = 1, Concurrency = 2, Window = TimeSpan.Zero });
        TeacherAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(k => gate.AskAsync("a", Cancellation)));
        Assert.All(answers, answer => Assert.Null(answer.Fallback));
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task What_finds_the_queue_full_is_not_asked()
    {
        using var go = new ManualResetEventSlim();
        using TeacherGate gate = Gate(texts =>
        {
            go.Wait(Cancellation);
            return new float[2 * texts.Count];
        }, Options with { Queue = 2, Batch = 1, Window = TimeSpan.Zero });
        Task<TeacherAnswer>[] asked = [.. Enumerable.Range(0, 10).Select(k => gate.AskAsync("a", Cancellation))];
        go.Set();
        TeacherAnswer[] answers = await Task.WhenAll(asked);
        Assert.Equal(TeacherAnswer.Busy, answers[^1].Fallback);
        Assert.Contains(answers, answer => answer.Fallback is null);
    }

    [Fact]
    public async Task Who_waits_too_long_is_told_and_the_circuit_opens_and_closes_again()
    {
        using var go = new ManualResetEventSlim();
        int calls = 0;
        // One more than are asked may run, so that the gate is never stuck and what keeps it from asking is the circuit.
        using TeacherGate gate = Gate(texts =>
        {
            Interlocked.Increment(ref calls);
            go.Wait(Cancellation);
            return new float[2 * texts.Count];
        }, Options with { Patience = TimeSpan.FromMilliseconds(50), Break = TimeSpan.FromSeconds(2), Concurrency = 4, Window = TimeSpan.Zero });
        for (int k = 0; k < 3; k++)
            Assert.Equal(TeacherAnswer.Late, (await gate.AskAsync("a", Cancellation)).Fallback);
        // A busy machine starts the thread of the last one late.
        await UntilAsync(() => !gate.IsAsked && Volatile.Read(ref calls) == 3);
        Assert.Equal(TeacherAnswer.Unavailable, (await gate.AskAsync("a", Cancellation)).Fallback);
        Assert.Equal(3, calls);
        go.Set();
        await UntilAnsweredAsync(gate);
    }

    [Fact]
    public async Task A_teacher_that_dies_is_left_alone_for_a_while_and_asked_again()
    {
        bool dead = true;
        using TeacherGate gate = Gate(texts => dead ? throw new InvalidOperationException("killed") : new float[2 * texts.Count], Options with { Window = TimeSpan.Zero });
        for (int k = 0; k < 5; k++)
            Assert.Equal(TeacherAnswer.Unavailable, (await gate.AskAsync("a", Cancellation)).Fallback);
        Assert.False(gate.IsAsked);
        dead = false;
        await UntilAsync(() => gate.IsAsked);
        Assert.Null((await gate.AskAsync("a", Cancellation)).Fallback);
    }

    [Fact]
    public async Task A_teacher_that_hangs_is_not_asked_until_it_moves_again()
    {
        using var go = new ManualResetEventSlim();
        bool hangs = false;
        using TeacherGate gate = Gate(texts =>
        {
            Volatile.Write(ref hangs, true);
            go.Wait(Cancellation);
            return new float[2 * texts.Count];
        }, Options with { Patience = TimeSpan.FromMilliseconds(50), Window = TimeSpan.Zero });
        Assert.Equal(TeacherAnswer.Late, (await gate.AskAsync("a", Cancellation)).Fallback);
        await UntilAsync(() => Volatile.Read(ref hangs) && !gate.IsAsked);
        Assert.Equal(TeacherAnswer.Unavailable, (await gate.AskAsync("a", Cancellation)).Fallback);
        go.Set();
        await UntilAnsweredAsync(gate);
    }

    [Theory]
    [InlineData(-30)]
    [InlineData(3)]
    public async Task A_clock_that_jumps_does_not_keep_the_circuit_open(int days)
    {
        var wall = new JumpingTime();
        bool dead = true;
        using var gate = new TeacherGate(texts => dead ? throw new InvalidOperationException("killed") : new float[2 * texts.Count], () => { }, 2, Options with { Window = TimeSpan.Zero, Break = TimeSpan.FromSeconds(1) }, new MonotonicTime(wall));
        for (int k = 0; k < 5; k++)
            await gate.AskAsync("a", Cancellation);
        Assert.False(gate.IsAsked);
        dead = false;
        wall.Jump = TimeSpan.FromDays(days);
        Assert.Equal(TeacherAnswer.Unavailable, (await gate.AskAsync("a", Cancellation)).Fallback);
        await UntilAsync(() => gate.IsAsked);
        Assert.Null((await gate.AskAsync("a", Cancellation)).Fallback);
    }

    [Fact]
    public async Task Who_has_gone_costs_the_teacher_nothing()
    {
        using var go = new ManualResetEventSlim();
        int texts = 0;
        using TeacherGate gate = Gate(batch =>
        {
            Interlocked.Add(ref texts, batch.Count);
            go.Wait(Cancellation);
            return new float[2 * batch.Count];
        }, Options with { Batch = 1, Window = TimeSpan.Zero });
        Task<TeacherAnswer> first = gate.AskAsync("a", Cancellation);
        using var leaving = new CancellationTokenSource();
        Task<TeacherAnswer> second = gate.AskAsync("b", leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        go.Set();
        await first;
        Assert.Null((await gate.AskAsync("c", Cancellation)).Fallback);
        Assert.Equal(2, texts);
    }

    [Fact]
    public async Task A_closed_gate_lets_its_teacher_go_after_the_last_batch_and_leaves_nobody_waiting()
    {
        using var go = new ManualResetEventSlim();
        bool running = false, closed = false, early = false;
        var gate = new TeacherGate(texts =>
        {
            running = true;
            go.Wait(Cancellation);
            early = closed;
            return new float[2 * texts.Count];
        }, () => closed = true, 2, Options with { Batch = 1, Window = TimeSpan.Zero }, TimeProvider.System);
        Task<TeacherAnswer> under = gate.AskAsync("a", Cancellation), waiting = gate.AskAsync("b", Cancellation);
        await UntilAsync(() => running);
        gate.Dispose();
        Assert.Equal(TeacherAnswer.Unavailable, (await waiting).Fallback);
        go.Set();
        await under;
        await UntilAsync(() => closed);
        Assert.False(early);
    }

    private static TeacherGate Gate(Func<IReadOnlyList<string>, float[]> teacher, TeacherGateOptions options) => new(teacher, () => { }, 2, options, TimeProvider.System);

    private static Task UntilAsync(Func<bool> holds) => ThreatTests.UntilAsync(() => Task.FromResult(holds()));

    // Again and again: on a busy machine an answer may take longer than anybody waits.
    private static Task UntilAnsweredAsync(TeacherGate gate) => ThreatTests.UntilAsync(async () => (await gate.AskAsync("a", Cancellation)).Fallback is null);

    /// <summary>A wall clock that can be set, beside one that only runs.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Jump;
    }
}
