using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class LatencyMeterTests
{
    private static readonly string[] Texts = Enumerable.Range(1, 100).Select(k => $"{k}").ToArray();

    [Fact]
    public void Percentiles_and_rate_are_those_of_the_calls()
    {
        var clock = new ManualClock();

        // Text k takes k µs; the budget is spent by just one round of all 100: 5050 µs.
        Latency latency = LatencyMeter.Measure(text => clock.Advance(int.Parse(text)), Texts,
            TimeSpan.Zero, TimeSpan.FromMicroseconds(5050), clock, TestContext.Current.CancellationToken);

        Assert.Equal((50, 95, 100), (latency.P50, latency.P95, latency.Calls));
        Assert.Equal(100 / 5050e-6, latency.TextsPerSecond, 6);
    }

    [Fact]
    public void Warming_up_is_not_timed()
    {
        var clock = new ManualClock();
        int calls = 0;

        Latency latency = LatencyMeter.Measure(_ => clock.Advance(++calls <= 10 ? 1000 : 1), Texts,
            TimeSpan.FromMicroseconds(10_000), TimeSpan.FromMicroseconds(50), clock, TestContext.Current.CancellationToken);

        Assert.Equal((1, 1, 50), (latency.P50, latency.P95, latency.Calls));
    }

    [Fact]
    public void A_slow_classifier_is_called_a_fewest_number_of_times()
    {
        var clock = new ManualClock();

        Latency latency = LatencyMeter.Measure(_ => clock.Advance(1_000_000), ["one"], TimeSpan.Zero, TimeSpan.FromSeconds(1),
            clock, TestContext.Current.CancellationToken);

        Assert.Equal((20, 1e6, 1.0), (latency.Calls, latency.P50, latency.TextsPerSecond));
    }

    [Fact]
    public void Texts_come_in_one_fixed_order_that_is_not_the_corpus_s()
    {
        List<string> first = Order(), second = Order();

        Assert.Equal(first, second);
        Assert.NotEqual(Texts, first);
        Assert.Equal(Texts.Order(StringComparer.Ordinal), first.Order(StringComparer.Ordinal));

        static List<string> Order()
        {
            var clock = new ManualClock();
            var seen = new List<string>();
            LatencyMeter.Measure(text =>
            {
                seen.Add(text);
                clock.Advance(1);
            }, Texts, TimeSpan.Zero, TimeSpan.FromMicroseconds(100), clock, TestContext.Current.CancellationToken);
            return seen[1..];
        }
    }

    [Fact]
    public void The_system_s_clock_gives_sane_times()
    {
        Latency latency = LatencyMeter.Measure(_ => Thread.SpinWait(100), Texts, TimeSpan.FromMilliseconds(1),
            TimeSpan.FromMilliseconds(20), cancellation: TestContext.Current.CancellationToken);

        Assert.InRange(latency.P50, 0.01, latency.P95);
        Assert.True(latency.TextsPerSecond > 0);
    }

    [Fact]
    public void No_texts_and_cancellation_stop_it()
    {
        Assert.Throws<ArgumentException>(() => LatencyMeter.Measure(_ => { }, [], TimeSpan.Zero, TimeSpan.Zero,
            cancellation: TestContext.Current.CancellationToken));
        Assert.Throws<OperationCanceledException>(() => LatencyMeter.Measure(_ => { }, Texts, TimeSpan.Zero,
            TimeSpan.MaxValue, cancellation: new CancellationToken(canceled: true)));
    }

    /// <summary>Time that passes only where the test says so, in microseconds.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => _now;

        public void Advance(long microseconds) => _now += microseconds;
    }
}
