using System.Threading.Channels;

namespace Retort.Cli.Predictions;

/// <summary>
/// Classifies lines as they come: one line out for each line in, in order. What has arrived is classified together and
/// written at once, so a pipe sees each answer without delay and a file goes through in full batches.
/// </summary>
internal static class PredictLoop
{
    private const int LargestBatch = 64;

    /// <summary>Reads on a thread of its own and classifies on the calling one.</summary>
    /// <returns>How many texts were classified.</returns>
    public static long Run(
        IEnumerable<string> texts,
        Func<IReadOnlyList<string>, IReadOnlyList<Prediction>> classify,
        TextWriter output,
        bool json,
        CancellationToken cancellation)
    {
        var queue = Channel.CreateBounded<string>(4 * LargestBatch);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        CancellationToken stopped = stop.Token;
        // A background thread: one that waits for input at the end of the process is left behind.
        new Thread(() => Fill(queue.Writer, texts, stopped)) { IsBackground = true, Name = "lines" }.Start();
        long count = 0;
        try
        {
            while (TakeBatch(queue.Reader, cancellation) is { Count: > 0 } batch)
            {
                Write(batch, classify(batch), output, json);
                count += batch.Count;
            }
        }
        finally
        {
            stop.Cancel();
        }
        return count;
    }

    private static void Fill(ChannelWriter<string> queue, IEnumerable<string> texts, CancellationToken stopped)
    {
        try
        {
            foreach (string text in texts)
                queue.WriteAsync(text, stopped).AsTask().GetAwaiter().GetResult();
            queue.Complete();
        }
        catch (Exception e)
        {
            // Thrown again by the reading side, after the lines that came before it.
            queue.Complete(e);
        }
    }

    private static List<string> TakeBatch(ChannelReader<string> queue, CancellationToken cancellation)
    {
        var batch = new List<string>(LargestBatch);
        if (!queue.WaitToReadAsync(cancellation).AsTask().GetAwaiter().GetResult())
            return batch;
        while (batch.Count < LargestBatch && queue.TryRead(out string? text))
            batch.Add(text);
        return batch;
    }

    private static void Write(List<string> texts, IReadOnlyList<Prediction> predictions, TextWriter output, bool json)
    {
        if (predictions.Count != texts.Count)
            throw new InvalidOperationException($"{predictions.Count} predictions for {texts.Count} texts");
        for (int k = 0; k < texts.Count; k++)
            output.WriteLine(json ? PredictionLine.AsJson(texts[k], predictions[k]) : PredictionLine.Tabbed(predictions[k]));
        output.Flush();
    }
}
