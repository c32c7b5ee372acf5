using System.ComponentModel;
using Retort.Runs;

namespace Retort.Data;

/// <summary>What to do with a text that stands in train and again in dev or test.</summary>
public enum LeakPolicy { Stop, Allow, Drop }

/// <summary>What to do with a text that stands with two labels in train.</summary>
public enum ConflictPolicy { Keep, Drop, SoftLabel }

/// <summary>Where the labelled corpus comes from.</summary>
public sealed record DataOptions
{
    [Description("Training rows: a .tsv, .csv, .jsonl or .parquet file; without labels also a .txt file")]
    [PathValue]
    public string Train { get; init; } = "";

    [Description("Use only about so many rows of train, drawn by split_seed, of each class in proportion; 0: all")]
    public int TrainLimit { get; init; }

    [Description("Rows to choose on; empty: a stratified share of train")]
    [PathValue]
    public string Dev { get; init; } = "";

    [Description("Use only the first so many rows of the dev file; 0: all")]
    public int DevLimit { get; init; }

    [Description("Rows to report on; empty: a stratified share of train")]
    [PathValue]
    public string Test { get; init; } = "";

    [Description("No file has labels: distil on the teacher's word and the texts alone; a label column is not looked at")]
    public bool Unlabelled { get; init; }

    [Description("Column that holds the text; empty: text, else sentence")]
    public string TextColumn { get; init; } = "";

    [Description("Column that holds the label; empty: label")]
    public string LabelColumn { get; init; } = "";

    [Description("Whether TSV and CSV files start with a line of column names; without it columns are named 0, 1, …")]
    public bool Header { get; init; } = true;

    [Description("File of class names, one a line in index order; empty: sorted names found in train")]
    [PathValue]
    public string LabelFile { get; init; } = "";

    [Description("Character that separates several labels in a cell; set it and the task is multi-label")]
    public string LabelSeparator { get; init; } = "";

    [Description("Share of train for dev where no dev file is given")]
    public double DevFraction { get; init; } = 0.1;

    [Description("Share of train for test where no test file is given")]
    public double TestFraction { get; init; } = 0.1;

    [Description("Seed of the split")]
    public int SplitSeed { get; init; } = 1;

    [Description("Texts that stand in train and in dev or test: stop, allow, or drop the train copy")]
    public LeakPolicy Leaks { get; init; } = LeakPolicy.Stop;

    [Description("Texts that stand with two labels in train: keep, drop, or soft_label (the share of each label)")]
    public ConflictPolicy Conflicts { get; init; } = ConflictPolicy.Keep;

    [Description("Leave out rows that cannot be read, counted and listed, instead of stopping")]
    public bool SkipBadRows { get; init; }

    /// <exception cref="UsageException">An option is missing or out of range.</exception>
    public void Validate()
    {
        if (Train.Length == 0)
            throw new UsageException("data.train is not set; name a .tsv, .csv, .jsonl or .parquet file.") { Key = "data.train" };
        OptionRange.AtLeast("data.train_limit", TrainLimit, 0);
        OptionRange.AtLeast("data.dev_limit", DevLimit, 0);
        RequireFraction(DevFraction, "dev_fraction");
        RequireFraction(TestFraction, "test_fraction");
        double taken = (Dev.Length == 0 ? DevFraction : 0) + (Test.Length == 0 ? TestFraction : 0);
        if (taken >= 1)
        {
            throw new UsageException(
                $"data.dev_fraction and data.test_fraction take {taken:0.##} of train; leave some of it to train on.")
            { Key = "data.dev_fraction" };
        }
        if (LabelSeparator.AsSpan().IndexOfAny('\n', '\r', '\t') >= 0)
        {
            throw new UsageException("data.label_separator holds a tab or an end of line; use a character such as | or ;.")
            { Key = "data.label_separator" };
        }
    }

    private static void RequireFraction(double value, string key)
    {
        if (!(value > 0 && value < 1))
        {
            throw new UsageException($"data.{key} is {value}; expected a share between 0 and 1, such as 0.1.")
            { Key = $"data.{key}" };
        }
    }
}
