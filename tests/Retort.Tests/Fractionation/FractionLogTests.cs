using System.Text.Json;
using Parquet;
using Retort.Fractionation;
using Retort.Runs;

namespace Retort.Tests.Fractionation;

public sealed class FractionLogTests : IDisposable
{
    private static readonly string[] Texts = ["a", "b\tc", new string('d', 130), "e"];

    private static readonly FractionTexts Facts = Fractions.Of(new(), 0, 0, 1, 0);

    private static readonly double[] Entropy = [0.1, 0.4, 0.3, 0.2], Random = [0.9, 0.8, 0.7, 0.6];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_choice_is_a_file_with_a_row_for_each_text()
    {
        var fraction = new Fraction(2, 30, 0.5, [1, 2], [0.5, 1.5], new Dictionary<Score, double[]> { [Score.Entropy] = Entropy, [Score.LeastConfidence] = Random });
        Log().Add(fraction);
        string path = _folder["choice-002.parquet"];
        await using ParquetReader reader = await ParquetReader.CreateAsync(path, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["row Int32", "score_entropy Double", "score_least_confidence Double", "chosen Boolean", "weight Double"],
            reader.Schema.DataFields.Select(field => $"{field.Name} {field.ClrType.Name}"));
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        Assert.Equal((int[])[0, 1, 2, 3], await Column<int>("row"));
        Assert.Equal(Entropy, await Column<double>("score_entropy"));
        Assert.Equal(Random, await Column<double>("score_least_confidence"));
        Assert.Equal((bool[])[false, true, true, false], await Column<bool>("chosen"));
        Assert.Equal((double[])[0, 0.5, 1.5, 0], await Column<double>("weight"));
        Assert.Equal([1, 2], FractionFile.Chosen(path));

        async Task<T[]> Column<T>(string name) where T : struct
        {
            var values = new T[group.RowCount];
            await group.ReadAsync<T>(Array.Find(reader.Schema.DataFields, field => field.Name == name)!, values.AsMemory(), cancellationToken: TestContext.Current.CancellationToken);
            return values;
        }
    }

    [Fact]
    public void The_summary_tells_classes_and_scores_of_every_choice()
    {
        FractionLog log = Log();
        log.Add(new Fraction(0, 0, 0.5, [1, 2], [0.5, 1.5], new Dictionary<Score, double[]> { [Score.Entropy] = Entropy }));
        FractionSummary added = log.Add(new Fraction(1, 8, 0.75, [0, 1, 3], [1, 1, 1], new Dictionary<Score, double[]>()));
        FractionSummary[] read = Summaries();
        Assert.Equal(JsonSerializer.Serialize(added, JsonForm.Indented), JsonSerializer.Serialize(read[1], JsonForm.Indented));
        FractionSummary first = read[0];
        Assert.Equal((0, 0L, 0.5, 4, 2, null), (first.Number, first.Step, first.Share, first.Texts, first.Chosen, first.Overlap));
        Assert.Equal([new ClassShare("class0", 0.75, 0.25), new ClassShare("class1", 0.25, 0.75)], first.Classes);
        ScoreSummary score = Assert.Single(first.Scores);
        Assert.Equal(("entropy", 0.1, 0.4, 0.3), (score.Name, score.Least, score.Most, score.LeastChosen));
        Assert.Equal([new ScoredText(1, 0.4, "b c"), new ScoredText(2, 0.3, new string('d', 120) + "…"), new ScoredText(3, 0.2, "e"), new ScoredText(0, 0.1, "a")], score.Highest);
        Assert.Equal(score.Highest.Reverse(), score.Lowest);
        Assert.Equal((0.25, 0.25, 0.0, 0.5), (score.All[0], score.All[^1], score.Chosen[0], score.Chosen[^1]));
        Assert.Equal(20, score.All.Length);
        Assert.Equal(1, score.All.Sum(), 1e-9);
        // One of three was there before.
        Assert.Equal(1 / 3.0, read[1].Overlap);
        Assert.Empty(read[1].Scores);
    }

    [Fact]
    public void A_log_that_is_resumed_keeps_the_choices_before_and_knows_the_last_of_them()
    {
        Log().Add(Choice(0, 0, 1));
        Log().Add(Choice(1, 1, 2));
        // The training was cut off, and comes to the same choice again.
        Log().Add(Choice(1, 1, 2));
        FractionLog resumed = Log();
        resumed.Add(Choice(2, 2, 3));
        resumed.Add(Choice(3, 2, 3));
        Assert.Equal([0, 1, 2, 3], Summaries().Select(summary => summary.Number));
        Assert.Equal([null, 0.5, 0.5, 1], Summaries().Select(summary => summary.Overlap));
    }

    [Fact]
    public void A_training_that_begins_leaves_nothing_of_an_earlier_one()
    {
        FractionLog earlier = Log();
        earlier.Add(Choice(0, 0, 1));
        earlier.Add(Choice(1, 1, 2));
        _folder.Write("summary.json", "[]");
        Log().Add(Choice(0, 0, 3));
        Assert.Equal(["choice-000.json", "choice-000.parquet"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(2, Assert.Single(Summaries()).Chosen);
        Assert.Equal([0, 3], FractionFile.Chosen(_folder["choice-000.parquet"]));
    }

    [Fact]
    public void A_list_of_an_earlier_version_is_read_and_gone_on_with()
    {
        const string Choice0 = """{"number":0,"step":0,"share":1,"texts":4,"chosen":4,"overlap":null,"classes":[],"scores":[]}""";
        _folder.Write("summary.json", $"[{Choice0},{Choice0.Replace(":0,", ":1,", StringComparison.Ordinal)}]");
        Assert.Equal([0, 1], Summaries().Select(summary => summary.Number));
        Assert.Null(Summaries()[0].Reason);
        Log().Add(Choice(1, 1, 2));
        Log().Add(Choice(2, 2, 3));
        Assert.Equal([4, 2, 2], Summaries().Select(summary => summary.Chosen));
    }

    [Fact]
    public void A_choice_leaves_the_files_of_those_before_as_they_are()
    {
        FractionLog log = Log();
        log.Add(Choice(0, 0, 1));
        string first = _folder["choice-000.json"];
        File.AppendAllText(first, " ");
        string before = File.ReadAllText(first);
        log.Add(Choice(1, 1, 2));
        Assert.Equal(before, File.ReadAllText(first));
        // A thousand and more stand in their order, and not in that of their names.
        log.Add(Choice(1000, 1, 2));
        log.Add(Choice(999, 1, 2));
        Assert.Equal([0, 1, 999, 1000], Summaries().Select(summary => summary.Number));
    }

    private FractionLog Log() => new(_folder.Path, Facts, Texts);

    private static Fraction Choice(int number, params int[] rows) =>
        new(number, 10 * number, 0.5, rows, [.. rows.Select(_ => 1.0)], new Dictionary<Score, double[]> { [Score.Entropy] = Entropy });

    private FractionSummary[] Summaries() => FractionLog.Read(_folder.Path);
}
