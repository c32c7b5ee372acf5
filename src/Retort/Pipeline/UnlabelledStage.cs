using Retort.Data;
using Retort.Runs;
using Retort.Transfer;

namespace Retort.Pipeline;

/// <summary>The stage that reads and cleans the unlabelled texts: a <see cref="TextStore"/> in <c>transfer/</c>.</summary>
/// <param name="recipe">The options.</param>
/// <param name="run">The run's folder.</param>
/// <param name="data">The corpus.</param>
internal sealed class UnlabelledStage(Recipe recipe, string run, DataSet data)
{
    private const string Kind = "data", Name = "transfer";

    private readonly string _folder = Path.Combine(run, Name);
    private readonly string[] _files = recipe.Transfer.Unlabelled, _train = data.Train.Texts(), _held = [.. data.Dev.Texts(), .. data.Test.Texts()];

    /// <summary>Reads the texts, or finds them read.</summary>
    /// <param name="runner">Knows what is done.</param>
    /// <param name="progress">Told of everything.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UsageException">A file is not there, or no text is left.</exception>
    /// <exception cref="RetortException">A row cannot be read and is not to be skipped.</exception>
    public TextStore Run(StageRunner runner, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        var inputs = new Dictionary<string, string>
        {
            ["files"] = string.Join(' ', _files.Select(CorpusReader.HashOf)),
            ["formats"] = string.Join(' ', _files.Select(file => Path.GetExtension(file).ToLowerInvariant())),
            ["train"] = ContentHash.OfLines(_train),
            ["dev_and_test"] = ContentHash.OfLines(_held),
            ["columns"] = ContentHash.OfRecord(new { recipe.Data.TextColumn, recipe.Data.Header, recipe.Data.SkipBadRows }),
            ["options"] = ContentHash.OfRecord(new { recipe.Transfer.Limit, recipe.Transfer.NearDuplicates }),
        };
        Result result = runner.Run(Kind, Name, inputs, [Name], scratch => Make(scratch, progress, cancellation));
        foreach (string line in Lines(result))
            progress?.Report(StageProgress.Note(Kind, line));
        return TextStore.Open(_folder);
    }

    private Result Make(string scratch, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        // What an earlier attempt left unfinished.
        foreach (string folder in new[] { scratch, _folder }.Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
        BadRows[] bad = Array.ConvertAll(_files, _ => new BadRows());
        TextStore.Write(scratch, add =>
        {
            foreach (string text in _files.Zip(bad).SelectMany(file => CorpusReader.StreamUnlabelled(file.First, recipe.Data, file.Second, progress, cancellation)))
                add(text);
        });
        using TextStore read = TextStore.Open(scratch);
        int limit = recipe.Transfer.Limit > 0 ? recipe.Transfer.Limit : int.MaxValue, used = 0;
        UnlabelledReport? report = null;
        TextStore.Write(_folder, add => report = UnlabelledTexts.Clean(read, _train, _held, recipe.Transfer.NearDuplicates, scratch, text =>
        {
            if (used == limit)
                return;
            add(text);
            used++;
        }, progress, cancellation));
        return used > 0 ? new Result(report!, used, Array.ConvertAll(bad, rows => new BadRowsReport(rows.Count, rows.Listed))) : throw new UsageException($"{Files}: of {report!.Read} unlabelled texts none is left "
            + "that does not stand in train, dev or test: expected other texts; leave transfer.unlabelled empty to distil on train alone")
        { Key = "transfer.unlabelled" };
    }

    private IEnumerable<string> Lines(Result result)
    {
        UnlabelledReport report = result.Report;
        yield return FormattableString.Invariant($"unlabelled: {report.Read:N0} texts from {Files}; left out: {report.Repeated:N0} that repeat another, {report.InTrain:N0} of train, {report.InDevOrTest:N0} of dev or test, {report.NearDevOrTest:N0} nearly of dev or test");
        // The files may have been moved since they were read.
        foreach (string line in result.BadRows.Zip(_files).SelectMany(rows => In(rows.First, rows.Second).Lines()))
            yield return line;
        if (result.Used < report.Kept)
            yield return FormattableString.Invariant($"unlabelled: the first {result.Used:N0} of them are used (transfer.limit)");
    }

    private string Files => string.Join(", ", _files);

    private static BadRowsReport In(BadRowsReport rows, string file) => rows with { Listed = [.. rows.Listed.Select(row => row with { Place = row.Place with { File = file } })] };

    /// <param name="Report">What became of the texts.</param>
    /// <param name="Used">How many are distilled on.</param>
    /// <param name="BadRows">(files) what could not be read.</param>
    private sealed record Result(UnlabelledReport Report, int Used, BadRowsReport[] BadRows);
}
