using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Retort.Cli;

/// <summary>The option <c>--threads</c>, which several verbs have.</summary>
internal static class ThreadsOption
{
    public static Option<int?> Create(string description) => new("--threads")
    {
        Description = description,
        HelpName = "count",
        CustomParser = Parse,
    };

    private static int? Parse(ArgumentResult argument)
    {
        string given = argument.Tokens[0].Value;
        if (int.TryParse(given, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count))
            return count;
        argument.AddError($"--threads is '{given}': expected a whole number");
        return null;
    }
}
