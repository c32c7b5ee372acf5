using System.Threading.Channels;
using Polly;
using Polly.CircuitBreaker;

namespace Retort.Server.Cascade;

/// <summary>
/// Asks a teacher in batches that are gathered over a short window, on as many threads as it may have. Who asks waits so long and no longer; a teacher that fails or is slow is left
/// alone for a while. Thread-safe; disposing waits for nobody: what still waits is answered as unavailable.
/// </summary>
internal sealed class TeacherGate : IDisposable
{
    private readonly Func<IReadOnlyList<string>, float[]> _teacher;
    private readonly Action _close;
    private readonly int _classes;
    private readonly TeacherGateOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<Question> _questions;
    private readonly SemaphoreSlim _running;
    private readonly CancellationTokenSource _stop = new();
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _pipeline;
    private readonly Task _work;
    private long _opened, _moved;
    private int _waiting;

    /// <param name="teacher">Texts in, (texts × classes) probabilities out.</param>
    /// <param name="close">Lets the teacher go, once nothing runs on it.</param>
    /// <param name="classes">How many there are.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">What breaks are measured with.</param>
    public TeacherGate(Func<IReadOnlyList<string>, float[]> teacher, Action close, int classes, TeacherGateOptions options, TimeProvider time)
    {
        (_teacher, _close, _classes, _options, _time) = (teacher, close, classes, options, time);
        _questions = Channel.CreateBounded<Question>(new BoundedChannelOptions(options.Queue) { SingleReader = true });
        _running = new SemaphoreSlim(options.Concurrency, options.Concurrency);
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                // Any kind of failure counts; of three batches or more, half.
                FailureRatio = 0.5,
                MinimumThroughput = 3,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = options.Break,
                StateProvider = _state,
                OnOpened = _ =>
                {
                    Volatile.Write(ref _opened, time.GetTimestamp());
                    return default;
                },
                ShouldHandle = new PredicateBuilder().Handle<Exception>(e => e is not OperationCanceledException),
            })
            .Build();
        _moved = time.GetTimestamp();
        _work = Task.Run(WorkAsync);
    }

    /// <summary>Whether the teacher is asked: its circuit is closed, or has been open so long that it is tried again.</summary>
    public bool IsAsked => !IsStuck && (_state.CircuitState != CircuitState.Open || _time.GetElapsedTime(Volatile.Read(ref _opened)) >= _options.Break);

    /// <summary>Most texts in a batch.</summary>
    public int Batch => _options.Batch;

    // All that may run does, and for longer than anybody waits: whoever asked now would wait in vain.
    private bool IsStuck => _running.CurrentCount == 0 && _time.GetElapsedTime(Volatile.Read(ref _moved)) > _options.Patience;

    /// <summary>Texts that wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Over an ONNX model, which is then owned.</summary>
    public static TeacherGate Over(Onnx.Cascades.OnnxTeacher teacher, int classes, TeacherGateOptions options, TimeProvider time) =>
        new(teacher.Probabilities, teacher.Dispose, classes, options, time);

    /// <summary>Asks about a text. Never throws, except where the asker has gone.</summary>
    public async Task<TeacherAnswer> AskAsync(string text, CancellationToken cancellation)
    {
        long start = _time.GetTimestamp();
        if (!IsAsked)
            return new TeacherAnswer(null, TeacherAnswer.Unavailable, TimeSpan.Zero);
        var question = new Question(text);
        if (!_questions.Writer.TryWrite(question))
            return new TeacherAnswer(null, _stop.IsCancellationRequested ? TeacherAnswer.Unavailable : TeacherAnswer.Busy, TimeSpan.Zero);
        Interlocked.Increment(ref _waiting);
        try
        {
            float[]? said = await question.Answer.Task.WaitAsync(_options.Patience, cancellation).ConfigureAwait(false);
            return new TeacherAnswer(said, said is null ? TeacherAnswer.Unavailable : null, _time.GetElapsedTime(start));
        }
        catch (TimeoutException)
        {
            return new TeacherAnswer(null, TeacherAnswer.Late, _time.GetElapsedTime(start));
        }
        finally
        {
            question.Abandoned = true;
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose()
    {
        _questions.Writer.TryComplete();
        _stop.Cancel();
        // Batches under way still use the teacher.
        _ = CloseAsync();
    }

    private async Task CloseAsync()
    {
        await _work.ConfigureAwait(false);
        for (int k = 0; k < _options.Concurrency; k++)
            await _running.WaitAsync().ConfigureAwait(false);
        _close();
        _stop.Dispose();
        _running.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            while (await _questions.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                // Told before the permit is taken, so that a gate that was idle does not look stuck.
                Volatile.Write(ref _moved, _time.GetTimestamp());
                await _running.WaitAsync(_stop.Token).ConfigureAwait(false);
                List<Question> batch = await GatherAsync().ConfigureAwait(false);
                if (batch.Count == 0)
                    _running.Release();
                else
                    _ = RunAsync(batch);
            }
        }
        catch (OperationCanceledException)
        {
            while (_questions.Reader.TryRead(out Question? question))
                question.Answer.TrySetResult(null);
        }
    }

    private async Task<List<Question>> GatherAsync()
    {
        var batch = new List<Question>();
        Take(batch);
        if (batch.Count > 0 && batch.Count < _options.Batch && _options.Window > TimeSpan.Zero)
        {
            await Task.Delay(_options.Window, CancellationToken.None).ConfigureAwait(false);
            Take(batch);
        }
        return batch;
    }

    private void Take(List<Question> batch)
    {
        while (batch.Count < _options.Batch && _questions.Reader.TryRead(out Question? question))
        {
            if (!question.Abandoned)
                batch.Add(question);
        }
    }

    private async Task RunAsync(List<Question> batch)
    {
        bool started = false;
        try
        {
            // What is late for those who wait is a failure, though the computation goes on and keeps its place among those that may run at once.
            float[] said = await _pipeline.ExecuteAsync(async token =>
            {
                Task<float[]> computed = Compute(batch);
                started = true;
                return await computed.WaitAsync(_options.Patience, token).ConfigureAwait(false);
            }, _stop.Token).ConfigureAwait(false);
            for (int k = 0; k < batch.Count; k++)
                batch[k].Answer.TrySetResult(said[(k * _classes)..((k + 1) * _classes)]);
        }
        catch (TimeoutException)
        {
            // Who asked finds out alone that it is late.
        }
        catch (Exception)
        {
            batch.ForEach(question => question.Answer.TrySetResult(null));
        }
        finally
        {
            if (!started)
                _running.Release();
        }
    }

    private Task<float[]> Compute(List<Question> batch) => Task.Factory.StartNew(() =>
    {
        Volatile.Write(ref _moved, _time.GetTimestamp());
        try
        {
            return _teacher(batch.ConvertAll(question => question.Text));
        }
        finally
        {
            Volatile.Write(ref _moved, _time.GetTimestamp());
            _running.Release();
        }
    }, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    private sealed class Question(string text)
    {
        public string Text { get; } = text;

        public TaskCompletionSource<float[]?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Nobody waits any more.</summary>
        public volatile bool Abandoned;
    }
}
