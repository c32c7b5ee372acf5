using System.Diagnostics;
using Retort.Runtime;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: Classify STUDENT [TEXT…]; without texts, lines of standard input");
    return 2;
}
long begin = Stopwatch.GetTimestamp();
using var classifier = TextClassifier.Load(args[0]);
TimeSpan load = Stopwatch.GetElapsedTime(begin);
foreach (string text in args.Length > 1 ? args[1..] : Lines())
{
    Classification answer = classifier.Classify(text);
    Console.WriteLine($"{answer.Label}\t{answer.Probability:0.0000}\t{text}");
}
TimeSpan since = DateTime.Now - Process.GetCurrentProcess().StartTime;
Console.Error.WriteLine($"kernel {TextClassifier.Kernel}, {load.TotalMilliseconds:0} ms to load, {since.TotalMilliseconds:0} ms since the process began");
return 0;

static IEnumerable<string> Lines()
{
    while (Console.ReadLine() is { } line)
        yield return line;
}
