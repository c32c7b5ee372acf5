using System.Globalization;
using System.Text;
using Retort.Runs;

namespace Retort.Data;

/// <summary>Stops the job over leaks and says what they are and how to go on.</summary>
internal static class LeakError
{
    private const int Shown = 3;

    /// <exception cref="RetortException">There is a leak.</exception>
    public static void ThrowIfAny(IReadOnlyList<CopiesReport> leaks)
    {
        if (leaks.All(l => l.Normalized == 0))
            return;
        var message = new StringBuilder("The data leaks.");
        foreach (CopiesReport leak in leaks.Where(l => l.Normalized > 0))
        {
            string[] parts = leak.Between.Split('/');
            message.AppendLine().Append(CultureInfo.InvariantCulture,
                $"Rows of {parts[1]} that stand in {parts[0]} too: {leak.Normalized} ({leak.Exact} exactly), such as");
            foreach (CopyExample example in leak.Examples.Take(Shown))
                message.AppendLine().Append("  ").Append(example);
        }
        message.AppendLine().Append("A score on rows that were trained on means nothing. Remove the copies from train (and from dev what "
            + "stands in test) with --drop-leaks or data.leaks: drop, or accept them with --allow-leaks or data.leaks: allow.");
        throw new RetortException(message.ToString());
    }
}
