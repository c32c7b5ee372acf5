using System.Text.Json;
using Microsoft.Data.Sqlite;
using Retort.Evaluation;
using Retort.Runs;

namespace Retort.Tuning.Store;

/// <summary>Rows of a study's tables as records.</summary>
internal static class StudyRows
{
    public const string TrialColumns = "number, configuration, seed, rung, epochs, state, message, accuracy, macro_f1, agreement, loss, p50, bytes, seconds, peak_megabytes, student";

    /// <summary>All rows of a query, which is disposed of.</summary>
    public static List<T> Read<T>(SqliteCommand command, Func<SqliteDataReader, T> read)
    {
        using (command)
        {
            using SqliteDataReader reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
            {
                try
                {
                    rows.Add(read(reader));
                }
                catch (Exception e) when (e is ArgumentException or InvalidCastException or InvalidOperationException or OverflowException or FormatException)
                {
                    throw new InvalidDataException($"row {rows.Count + 1} of '{command.CommandText}' cannot be read: {e.Message}", e);
                }
            }
            return rows;
        }
    }

    public static Configuration Configuration(SqliteDataReader row) => new(row.GetInt32(0), row.GetString(1),
        RoleNames.TryParse(row.GetString(2), out Role role) ? role : throw new InvalidDataException($"the role '{row.GetString(2)}' is neither student nor student-without-teacher"),
        new SortedDictionary<string, string>(JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(3), JsonForm.Compact)!, StringComparer.Ordinal));

    public static Trial Trial(SqliteDataReader row)
    {
        TrialState state = Enum.Parse<TrialState>(row.GetString(5), ignoreCase: true);
        return new Trial(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), state)
        {
            Message = row.GetString(6),
            Figures = state != TrialState.Done ? null : new TrialFigures
            {
                Accuracy = Number(row, 7),
                MacroF1 = Number(row, 8),
                Agreement = Number(row, 9),
                Loss = Number(row, 10) ?? double.NaN,
                P50 = Number(row, 11),
                Bytes = row.GetInt64(12),
                Seconds = row.GetDouble(13),
                PeakMegabytes = row.GetDouble(14),
                Student = row.GetString(15),
            },
        };
    }

    private static double? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
}
