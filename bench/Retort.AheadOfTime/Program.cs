using System.Diagnostics;
using System.Globalization;
using Retort.Runtime;

// Classifies the lines of a file a number of times: what one time more takes is what the texts take.
if (args is not [string student, string file, string times, .. { Length: 0 or 2 } limits])
{
    Console.Error.WriteLine("usage: Retort.AheadOfTime STUDENT TEXTS TIMES [MAX_TABLE_BYTES all|lazily]");
    return 2;
}
byte[][] texts = [.. File.ReadLines(file).Select(System.Text.Encoding.UTF8.GetBytes)];
TextClassifierOptions options = limits is [string bytes, string how]
    ? new() { MaxTableBytes = long.Parse(bytes, CultureInfo.InvariantCulture), FoldAtLoad = how == "all" } : new();
double before = ResidentMegabytes();
long begin = Stopwatch.GetTimestamp();
using var classifier = TextClassifier.Load(student, options);
classifier.ClassifyUtf8(texts[0]);
double first = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
for (int k = 0; k < int.Parse(times, CultureInfo.InvariantCulture); k++)
{
    foreach (byte[] text in texts)
        classifier.ClassifyUtf8(text);
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"kernel {TextClassifier.Kernel}; load and first answer {first:0} ms; process {before:0.0} MB before, {ResidentMegabytes():0.0} MB after"));
return 0;

static double ResidentMegabytes()
{
    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    return Environment.WorkingSet / 1e6;
}
