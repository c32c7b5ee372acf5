using System.Text.Json;
using Microsoft.Data.Sqlite;
using Retort.Evaluation;
using Retort.Runs;
using Retort.Tuning.Plans;

namespace Retort.Tuning.Store;

/// <summary>
/// A study on disk: <c>study.db</c>, an SQLite database. Every change is one transaction, so that a process may be killed at any moment and several may work at once.
/// docs/file-formats.md has the tables.
/// </summary>
internal sealed class StudyStore : IDisposable
{
    /// <summary>Of the tables; stands in the file as SQLite's <c>user_version</c>.</summary>
    public const int Version = 1;

    /// <summary>A trial whose process has not been heard of for so long is taken up by another.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>A trial whose process has died so often has failed.</summary>
    public const int MostAttempts = 3;

    private const string Tables = """
        CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE configurations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, changes TEXT NOT NULL);
        CREATE TABLE trials (
          number INTEGER PRIMARY KEY, configuration INTEGER NOT NULL REFERENCES configurations(number), seed INTEGER NOT NULL, rung INTEGER NOT NULL,
          epochs INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, owner TEXT NOT NULL DEFAULT '',
          heartbeat INTEGER NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', accuracy REAL, macro_f1 REAL, agreement REAL, loss REAL, p50 REAL,
          bytes INTEGER, seconds REAL, peak_megabytes REAL, student TEXT, UNIQUE (configuration, seed, rung));
        """;

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _clock;
    private readonly string _path;

    private StudyStore(SqliteConnection connection, string path, TimeProvider clock) => (_connection, _path, _clock) = (connection, path, clock);

    public static string PathOf(string folder) => Path.Combine(folder, "study.db");

    /// <summary>Opens the study of a folder; null where there is none, or only one that was never begun.</summary>
    /// <param name="folder">The study's folder.</param>
    /// <param name="clock">Tells when a trial was last heard of; the system's by default.</param>
    /// <param name="patience">Seconds to wait for another process that writes.</param>
    /// <exception cref="RetortException">It is locked, damaged, or of another version.</exception>
    public static StudyStore? Open(string folder, TimeProvider? clock = null, int patience = 30) =>
        File.Exists(PathOf(folder)) ? Connect(folder, facts: null, clock, patience) : null;

    /// <summary>Begins a study, or opens the one that another process has begun meanwhile.</summary>
    public static StudyStore Begin(string folder, StudyFacts facts, TimeProvider? clock = null) => Connect(folder, facts, clock, patience: 30)!;

    private static StudyStore? Connect(string folder, StudyFacts? facts, TimeProvider? clock, int patience)
    {
        string path = PathOf(Directory.CreateDirectory(folder).FullName);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = patience }.ToString());
        var store = new StudyStore(connection, path, clock ?? TimeProvider.System);
        try
        {
            bool begun = store.Guard(() =>
            {
                connection.Open();
                return store.Prepare(facts);
            });
            if (begun)
            {
                // What is damaged is told of before anything is trained.
                _ = store.Facts;
                store.RequireConfigurations();
                return store;
            }
        }
        catch
        {
            store.Dispose();
            throw;
        }
        store.Dispose();
        return null;
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>What it began with.</summary>
    public StudyFacts Facts => Read<StudyFacts>("facts") ?? throw new RetortException(Damaged("it does not say what it began with"));

    /// <summary>What is written under a name; null: nothing.</summary>
    public string? Value(string key) => Guard(() => Scalar("SELECT value FROM study WHERE key = $key", ("$key", key)) as string);

    /// <summary>What is written under a name, read as JSON; null or 0: nothing.</summary>
    public T? Read<T>(string key) => Guard(() => Value(key) is { } text ? JsonSerializer.Deserialize<T>(text, JsonForm.Compact) : default);

    public void SetValue(string key, string value) => Guard(() => Execute("INSERT INTO study VALUES ($key, $value) ON CONFLICT (key) DO UPDATE SET value = $value", ("$key", key), ("$value", value)));

    public IReadOnlyList<Configuration> Configurations() => Guard(() => StudyRows.Read(Command("SELECT number, name, role, changes FROM configurations ORDER BY number"), StudyRows.Configuration));

    public IReadOnlyList<Trial> Trials() => Guard(() => StudyRows.Read(Command($"SELECT {StudyRows.TrialColumns} FROM trials ORDER BY number"), StudyRows.Trial));

    /// <summary>One trial, by its number.</summary>
    public Trial TrialOf(long number) => Guard(() => StudyRows.Read(Command($"SELECT {StudyRows.TrialColumns} FROM trials WHERE number = $number", ("$number", number)), StudyRows.Trial)).Single();

    /// <summary>Adds what a plan wants next, unless another process has done so.</summary>
    /// <returns>Whether the study goes on: something waits, runs or was added.</returns>
    public bool Advance(IStudyPlan plan) => Transaction(() =>
    {
        IReadOnlyList<Trial> trials = Trials();
        IReadOnlyList<WantedTrial> wanted = plan.Next(Configurations(), trials);
        foreach (WantedTrial one in wanted)
        {
            Execute("INSERT OR IGNORE INTO configurations VALUES ($number, $name, $role, $changes)", ("$number", one.Configuration.Number), ("$name", one.Configuration.Name),
                ("$role", one.Configuration.Role.Name()), ("$changes", JsonSerializer.Serialize(one.Configuration.Changes, JsonForm.Compact)));
            Execute("INSERT INTO trials (configuration, seed, rung, epochs) VALUES ($configuration, $seed, $rung, $epochs)",
                ("$configuration", one.Configuration.Number), ("$seed", one.Seed), ("$rung", one.Rung), ("$epochs", one.Epochs));
        }
        return wanted.Count > 0 || trials.Any(trial => trial.State is TrialState.Waiting or TrialState.Running);
    });

    /// <summary>Takes the next trial for this process; null: none waits.</summary>
    /// <param name="watched">Trials whose processes the caller watches: of them it is not the clock that says that they are lost.</param>
    public Trial? Claim(IReadOnlyCollection<long> watched) => Transaction(() =>
    {
        FreeLost(watched);
        if (Scalar("SELECT number FROM trials WHERE state = 'waiting' ORDER BY number LIMIT 1") is not long number)
            return null;
        Execute("UPDATE trials SET state = 'running' WHERE number = $number", ("$number", number));
        Own(number);
        return TrialOf(number);
    });

    /// <summary>Makes this process the owner of a trial that another had taken for it, and says that it is still at work.</summary>
    /// <returns>False where the trial is no longer to be done.</returns>
    public bool Own(long number) => Guard(() => Execute("UPDATE trials SET owner = $owner, heartbeat = $now WHERE number = $number AND state = 'running'",
        ("$owner", ProcessIdentity.Own), ("$now", Now), ("$number", number)) == 1);

    /// <summary>Gives a trial back, to be done by whoever comes next; one that has been tried too often has failed.</summary>
    /// <param name="number">Which.</param>
    /// <param name="died">Whether its process died, as opposed to one that was asked to stop.</param>
    public void Release(long number, bool died) => Guard(() => Execute(
        "UPDATE trials SET owner = '', attempts = attempts + $died, state = CASE WHEN attempts + $died >= $most THEN 'failed' ELSE 'waiting' END, "
        + "message = CASE WHEN attempts + $died >= $most THEN $message ELSE '' END WHERE number = $number AND state = 'running'",
        ("$number", number), ("$died", died ? 1 : 0), ("$most", MostAttempts), ("$message", $"its process died {MostAttempts} times: is there enough memory?")));

    /// <summary>Has what failed done anew: what it failed of, such as a full disk, may be cured.</summary>
    public void RetryFailed() => Guard(() => Execute("UPDATE trials SET state = 'waiting', attempts = 0, message = '' WHERE state = 'failed'"));

    public void Fail(long number, string message) => Guard(() => Execute("UPDATE trials SET state = 'failed', owner = '', message = $message WHERE number = $number", ("$number", number), ("$message", message)));

    public void Finish(long number, TrialFigures figures) => Guard(() => Execute(
        "UPDATE trials SET state = 'done', owner = '', accuracy = $accuracy, macro_f1 = $macro, agreement = $agreement, loss = $loss, p50 = $p50, bytes = $bytes, seconds = $seconds, "
        + "peak_megabytes = $peak, student = $student WHERE number = $number",
        ("$number", number), ("$accuracy", figures.Accuracy), ("$macro", figures.MacroF1), ("$agreement", figures.Agreement), ("$loss", figures.Loss), ("$p50", figures.P50),
        ("$bytes", figures.Bytes), ("$seconds", figures.Seconds), ("$peak", figures.PeakMegabytes), ("$student", figures.Student)));

    /// <summary>Takes trials from processes that have died, or have not been heard of for long.</summary>
    private void FreeLost(IReadOnlyCollection<long> watched)
    {
        foreach ((long number, string owner, long heartbeat) in StudyRows.Read(Command("SELECT number, owner, heartbeat FROM trials WHERE state = 'running'"),
            row => (row.GetInt64(0), row.GetString(1), row.GetInt64(2))))
        {
            if (watched.Contains(number))
                continue;
            if (ProcessIdentity.HasEnded(owner) || Now - heartbeat > (long)Lease.TotalMilliseconds)
                Release(number, died: true);
        }
    }

    private void RequireConfigurations()
    {
        HashSet<int> known = [.. Configurations().Select(configuration => configuration.Number)];
        if (Trials().FirstOrDefault(trial => !known.Contains(trial.Configuration)) is { } lost)
            throw new RetortException(Damaged($"trial {lost.Number} is of configuration {lost.Configuration}, which is not there"));
    }

    /// <returns>Whether there is a study in it.</returns>
    private bool Prepare(StudyFacts? facts)
    {
        if (Scalar("PRAGMA quick_check(1)") is not "ok")
            throw new RetortException(Damaged("a check of the file fails"));
        return Transaction(() =>
        {
            long version = (long)Scalar("PRAGMA user_version")!;
            bool empty = (long)Scalar("SELECT count(*) FROM sqlite_master")! == 0;
            if (version == 0 && empty && facts is null)
                return false;
            if (version != Version && !(version == 0 && empty))
                throw new RetortException($"{_path} is a study of version {version}: expected {Version}, which this Retort writes; use the Retort that began it, or begin another study (--study)");
            if (empty)
            {
                Execute(Tables);
                Execute($"PRAGMA user_version = {Version}");
                SetValue("facts", JsonSerializer.Serialize(facts, JsonForm.Compact));
            }
            return true;
        });
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private T Transaction<T>(Func<T> work) => Guard(() =>
    {
        // Writes at once: of two processes that read the same, one would else have to give up.
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        T result = work();
        transaction.Commit();
        return result;
    });

    private T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6)
        {
            throw new RetortException($"{_path} is locked: another program has had it open for writing for {_connection.DefaultTimeout} seconds; close that program (a database browser?), then give the same command again", e);
        }
        // 1: a table or column is not there; 19: a row is not what its table promises.
        catch (SqliteException e) when (e.SqliteErrorCode is 1 or 11 or 19 or 26 || e.Message.Contains("malformed", StringComparison.Ordinal))
        {
            throw new RetortException(Damaged(e.Message), e);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new RetortException(Damaged(e.Message), e);
        }
        catch (SqliteException e)
        {
            throw new RetortException($"{_path} cannot be used: {e.Message}", e);
        }
    }

    private string Damaged(string how) => $"{_path} is damaged, or no database ({how}): restore a copy of it, or delete {Path.GetDirectoryName(_path)} to begin the study anew";

    private object? Scalar(string sql, params (string Name, object? Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        return command.ExecuteScalar();
    }

    private int Execute(string sql, params (string Name, object? Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params (string Name, object? Value)[] parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
