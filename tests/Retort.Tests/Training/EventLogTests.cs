using System.Text;
using Retort.Training;

namespace Retort.Tests.Training;

public sealed class EventLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_readers_checksum_is_the_known_one() => Assert.Equal(0xE3069283u, TensorBoardFile.Crc(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void Scalars_are_read_back_by_name_and_step()
    {
        using (EventLog log = EventLog.Begin(_folder["a"], 0))
        {
            log.Add(1, [("train/loss", 0.25), ("eval/agreement", double.NaN)]);
            // A step that takes several bytes.
            log.Add(300_000, [("eval/accuracy", 0.875), ("größe", -3e-9)]);
        }
        IReadOnlyList<TensorBoardEvent> events = TensorBoardFile.Read(Directory.GetFiles(_folder["a"]).Single());
        Assert.Equal(["brain.Event:2", null, null], events.Select(one => one.Version));
        Assert.Equal([0, 1, 300_000], events.Select(one => one.Step));
        Assert.Equal(new Dictionary<string, float> { ["train/loss"] = 0.25f }, events[1].Scalars);
        Assert.Equal(new Dictionary<string, float> { ["eval/accuracy"] = 0.875f, ["größe"] = -3e-9f }, events[2].Scalars);
    }

    [Fact]
    public void A_training_that_goes_on_says_from_where_and_one_that_begins_anew_clears_the_folder()
    {
        EventLog.Begin(_folder["a"], 0).Dispose();
        File.WriteAllText(_folder["a/notes.txt"], "mine");
        using (EventLog log = EventLog.Begin(_folder["a"], 7))
            log.Add(8, [("train/loss", 1)]);
        string[] files = [.. Directory.GetFiles(_folder["a"], "events*").Order(StringComparer.Ordinal)];
        Assert.Equal(2, files.Length);
        Assert.Equal([(0L, false), (8, true), (8, false)], TensorBoardFile.Read(files[1]).Select(one => (one.Step, one.IsStart)));
        EventLog.Begin(_folder["a"], 0).Dispose();
        Assert.Single(Directory.GetFiles(_folder["a"], "events*"));
        Assert.Equal("mine", File.ReadAllText(_folder["a/notes.txt"]));
    }

    [Fact]
    public void What_a_killed_process_had_logged_is_whole()
    {
        using EventLog log = EventLog.Begin(_folder["a"], 0);
        log.Add(1, [("train/loss", 1)]);
        // Nothing is closed yet.
        Assert.Equal(2, TensorBoardFile.Read(Copy(Directory.GetFiles(_folder["a"]).Single())).Count);
    }

    private string Copy(string file)
    {
        string copy = _folder["copy"];
        using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using FileStream to = File.Create(copy);
        from.CopyTo(to);
        return copy;
    }
}
