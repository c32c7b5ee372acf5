namespace Retort.Reports;

/// <summary>What an evaluation was made with and from.</summary>
/// <param name="Command">What the user typed.</param>
/// <param name="Commit">Of the code, or <c>unknown</c>.</param>
/// <param name="Cpu">The processor, and how many cores.</param>
/// <param name="Date">When it was made.</param>
/// <param name="Data">Train, dev and test.</param>
public sealed record RunFacts(string Command, string Commit, string Cpu, DateTimeOffset Date, IReadOnlyList<PartFacts> Data);

/// <summary>One of train, dev and test as it was used.</summary>
/// <param name="Name">train, dev or test.</param>
/// <param name="Source">The file it came from.</param>
/// <param name="Rows">Rows left after splitting and dropping.</param>
/// <param name="ClassCounts">(classes) How many of them carry each class; empty without labels.</param>
/// <param name="Hash">SHA-256 of classes, texts and labels, in order.</param>
public sealed record PartFacts(string Name, string Source, int Rows, IReadOnlyList<int> ClassCounts, string Hash);
