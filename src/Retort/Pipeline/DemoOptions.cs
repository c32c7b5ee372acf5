using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>How large the demo's corpus is and how it is drawn.</summary>
public sealed record DemoOptions
{
    /// <summary>Labelled rows in all.</summary>
    public int Rows { get; init; } = 6000;

    /// <summary>The most texts of the unlabelled transfer set, taken from what is left over.</summary>
    public int Transfer { get; init; } = 20_000;

    /// <summary>Share of the rows for dev.</summary>
    public double DevFraction { get; init; } = 0.1;

    /// <summary>Share of the rows for test.</summary>
    public double TestFraction { get; init; } = 0.2;

    public int Seed { get; init; } = 1;

    /// <exception cref="UsageException">An option is out of range.</exception>
    public void Validate()
    {
        OptionRange.AtLeast("rows", Rows, 100);
        OptionRange.AtLeast("transfer", Transfer, 0);
        OptionRange.ShareBelowOne("dev_fraction", DevFraction);
        OptionRange.ShareBelowOne("test_fraction", TestFraction);
        OptionRange.ShareBelowOne("dev_fraction + test_fraction", DevFraction + TestFraction);
    }
}
