using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Retort.Evaluation;
using Retort.Runs;
using Retort.Tuning;
using Retort.Tuning.Plans;
using Retort.Tuning.Space;
using Retort.Tuning.Store;

namespace Retort.Tests.Tuning;

public sealed class StudyStoreTests : IDisposable
{
    private static readonly StudyFacts Facts = new()
    {
        Recipe = "name: a\n",
        Given = "name: b\n",
        Data = "c",
        Options = new TuneOptions { MaxTrials = 3, Strategy = Strategy.Halving },
        Space = new SearchSpace([new Parameter("student.filters") { Values = ["1", "2"] }, new Parameter("student.dropout") { Low = 0.1, High = 0.5 }]),
        Strategy = Strategy.Random,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_a_study_began_with_is_read_back()
    {
        StudyStore.Begin(_folder.Path, Facts).Dispose();
        using StudyStore store = StudyStore.Open(_folder.Path)!;
        Assert.Equivalent(Facts, store.Facts, strict: true);
        Assert.Null(store.Value("test"));
        store.SetValue("test", "1");
        store.SetValue("test", "2");
        Assert.Equal("2", store.Value("test"));
    }

    [Fact]
    public void Where_no_study_has_begun_there_is_none()
    {
        Assert.Null(StudyStore.Open(_folder.Path));
        // A process that was killed before it wrote anything leaves an empty file.
        File.WriteAllText(StudyStore.PathOf(_folder.Path), "");
        Assert.Null(StudyStore.Open(_folder.Path));
        using StudyStore store = StudyStore.Begin(_folder.Path, Facts);
        Assert.Equal("c", store.Facts.Data);
    }

    [Fact]
    public void A_trial_is_claimed_once_and_its_figures_are_read_back()
    {
        using StudyStore store = Begun(trials: 2);
        Trial trial = store.Claim([])!;
        Assert.Equal((1L, TrialState.Running), (trial.Number, trial.State));
        var figures = new TrialFigures { Accuracy = 0.5, Agreement = 0.25, Loss = 0.7, P50 = 9.5, Bytes = 1L << 33, Seconds = 1.5, PeakMegabytes = 700, Student = "trials/0001/students/seed-1" };
        store.Finish(1, figures);
        Assert.Equal(figures, store.Trials()[0].Figures);
        Assert.Equal(2L, store.Claim([])!.Number);
        store.Fail(2, "it is not finite");
        Assert.Equal((TrialState.Failed, "it is not finite"), (store.Trials()[1].State, store.Trials()[1].Message));
        Assert.Null(store.Claim([]));
    }

    [Fact]
    public async Task Of_many_that_claim_at_once_no_two_get_the_same()
    {
        Begun(trials: 40).Dispose();
        long[][] claimed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using StudyStore store = StudyStore.Open(_folder.Path)!;
            var mine = new List<long>();
            while (store.Claim([]) is { } trial)
                mine.Add(trial.Number);
            return mine.ToArray();
        })));
        Assert.Equal(Enumerable.Range(1, 40).Select(k => (long)k), claimed.SelectMany(one => one).Order());
    }

    [Fact]
    public void A_trial_whose_process_has_died_is_taken_up_again_and_fails_at_the_third_time()
    {
        using StudyStore store = Begun(trials: 1);
        for (int attempt = 1; attempt <= StudyStore.MostAttempts; attempt++)
        {
            Assert.Equal(1L, store.Claim([])!.Number);
            Assert.Null(store.Claim([]));
            Sql($"UPDATE trials SET owner = '{Ended()}'");
        }
        Assert.Null(store.Claim([]));
        Assert.Equal(TrialState.Failed, store.Trials()[0].State);
        Assert.Contains("its process died 3 times", store.Trials()[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_failed_can_be_done_anew_as_often_as_before()
    {
        using StudyStore store = Begun(trials: 1);
        store.Claim([]);
        store.Fail(1, "the disk is full");
        store.RetryFailed();
        Assert.Equal((TrialState.Waiting, ""), (store.Trials()[0].State, store.Trials()[0].Message));
        for (int attempt = 1; attempt < StudyStore.MostAttempts; attempt++)
        {
            store.Claim([]);
            store.Release(1, died: true);
        }
        Assert.Equal(1L, store.Claim([])!.Number);
    }

    [Fact]
    public void A_trial_that_is_given_back_is_done_by_the_next_however_often()
    {
        using StudyStore store = Begun(trials: 1);
        for (int k = 0; k < 5; k++)
        {
            Assert.Equal(1L, store.Claim([])!.Number);
            store.Release(1, died: false);
        }
        store.Claim([]);
        store.Finish(1, new TrialFigures { Loss = 1 });
        store.Release(1, died: true);
        Assert.Equal(TrialState.Done, store.Trials()[0].State);
        Assert.False(store.Own(1));
    }

    [Fact]
    public void A_trial_that_was_not_heard_of_for_its_lease_is_taken_from_a_process_that_lives()
    {
        Begun(trials: 1).Dispose();
        var clock = new ManualClock();
        using StudyStore store = StudyStore.Open(_folder.Path, clock)!;
        Assert.NotNull(store.Claim([]));
        clock.Advance(StudyStore.Lease.TotalSeconds);
        Assert.Null(store.Claim([]));
        clock.Advance(1);
        Assert.NotNull(store.Claim([]));
        clock.Advance(StudyStore.Lease.TotalSeconds);
        Assert.True(store.Own(1));
        clock.Advance(1);
        Assert.Null(store.Claim([]));
    }

    [Fact]
    public void A_trial_whose_process_the_runner_watches_is_not_lost_however_far_the_clock_jumps()
    {
        Begun(trials: 2).Dispose();
        var clock = new ManualClock();
        using StudyStore store = StudyStore.Open(_folder.Path, clock)!;
        Assert.Equal(1, store.Claim([])!.Number);
        clock.Advance(10 * StudyStore.Lease.TotalSeconds);
        Assert.Equal(2, store.Claim([1])!.Number);
        clock.Advance(10 * StudyStore.Lease.TotalSeconds);
        Assert.Null(store.Claim([1, 2]));
    }

    [Fact]
    public void A_database_that_is_none_or_damaged_is_named_with_the_cure()
    {
        string path = _folder.Write("study.db", "this is no database, and it is longer than the header of one would be, so that nobody takes it for an empty file ................");
        string said = Assert.Throws<RetortException>(() => StudyStore.Open(_folder.Path)).Message;
        Assert.Contains($"{path} is damaged, or no database", said, StringComparison.Ordinal);
        Assert.Contains("restore a copy", said, StringComparison.Ordinal);
        File.Delete(path);
        Begun(trials: 200).Dispose();
        byte[] bytes = File.ReadAllBytes(path);
        Array.Fill(bytes, (byte)0xAA, 4096, bytes.Length - 4096);
        File.WriteAllBytes(path, bytes);
        Assert.Contains("is damaged", Assert.Throws<RetortException>(() => StudyStore.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE FROM study")]
    [InlineData("UPDATE study SET value = '{' WHERE key = 'facts'")]
    [InlineData("UPDATE study SET value = '{}' WHERE key = 'facts'")]
    [InlineData("UPDATE trials SET state = 'weird'")]
    [InlineData("UPDATE configurations SET changes = 'none'")]
    [InlineData("UPDATE configurations SET role = 'pupil'")]
    [InlineData("DROP TABLE trials")]
    [InlineData("ALTER TABLE trials DROP COLUMN p50")]
    public void A_database_whose_content_is_damaged_is_named_with_the_cure_before_anything_is_trained(string sql)
    {
        Begun(trials: 2).Dispose();
        Sql(sql);
        string said = Assert.Throws<RetortException>(() => StudyStore.Open(_folder.Path)).Message;
        Assert.StartsWith($"{StudyStore.PathOf(_folder.Path)} is damaged, or no database (", said, StringComparison.Ordinal);
        Assert.Contains("restore a copy", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_is_gone_is_named_too()
    {
        Begun(trials: 2).Dispose();
        Sql("PRAGMA foreign_keys = OFF; DELETE FROM configurations WHERE number = 1");
        Assert.Contains("is damaged", Assert.Throws<RetortException>(() => StudyStore.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_another_version_or_of_another_program_is_refused()
    {
        Begun(trials: 1).Dispose();
        Sql("PRAGMA user_version = 7");
        Assert.Contains("is a study of version 7: expected 1", Assert.Throws<RetortException>(() => StudyStore.Open(_folder.Path)).Message, StringComparison.Ordinal);
        Sql("PRAGMA user_version = 0");
        Assert.Contains("version 0: expected 1", Assert.Throws<RetortException>(() => StudyStore.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_another_program_keeps_locked_is_named()
    {
        Begun(trials: 1).Dispose();
        using var other = new SqliteConnection($"Data Source={StudyStore.PathOf(_folder.Path)};Pooling=False");
        other.Open();
        using SqliteCommand lockIt = other.CreateCommand();
        lockIt.CommandText = "BEGIN EXCLUSIVE";
        lockIt.ExecuteNonQuery();
        string said = Assert.Throws<RetortException>(() => StudyStore.Open(_folder.Path, patience: 1)).Message;
        Assert.Contains("is locked: another program has had it open for writing for 1 seconds", said, StringComparison.Ordinal);
    }

    private StudyStore Begun(int trials)
    {
        StudyStore store = StudyStore.Begin(_folder.Path, Facts);
        Assert.True(store.Advance(new ListedTrials(trials)));
        return store;
    }

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={StudyStore.PathOf(_folder.Path)};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    // A process of this machine that was there and is no more.
    private static string Ended()
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", ["--version"]) { RedirectStandardOutput = true })!;
        string identity = $"{Environment.MachineName} {process.Id} {new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds()}";
        process.WaitForExit();
        return identity;
    }

    private sealed class ListedTrials(int count) : IStudyPlan
    {
        public IReadOnlyList<WantedTrial> Next(IReadOnlyList<Configuration> configurations, IReadOnlyList<Trial> trials) => trials.Count > 0 ? []
            : [.. Enumerable.Range(0, count).Select(k => new WantedTrial(new Configuration(k, $"{k}", Role.Student, new SortedDictionary<string, string> { ["student.filters"] = $"{k + 1}" }), 1, 0, 0))];
    }
}
