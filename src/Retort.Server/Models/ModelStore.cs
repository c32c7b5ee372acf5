using System.Diagnostics.CodeAnalysis;

namespace Retort.Server.Models;

/// <summary>The models that are served, each in its newest version. Thread-safe.</summary>
internal sealed partial class ModelStore : IDisposable
{
    private readonly Slot[] _slots;
    private readonly ServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ModelStore> _log;
    private volatile bool _closed;

    private ModelStore(Slot[] slots, ServerOptions options, TimeProvider time, ILogger<ModelStore> log) =>
        (_slots, _options, _time, _log) = (slots, options, time, log);

    /// <summary>The current versions, in the order of the options.</summary>
    public IEnumerable<ServedModel> Current => _slots.Select(slot => Volatile.Read(ref slot.Model));

    /// <summary>Versions that were loaded after the first, and those that could not be.</summary>
    public (long Done, long Failed) Reloads => (_slots.Sum(slot => Volatile.Read(ref slot.Reloads)), _slots.Sum(slot => Volatile.Read(ref slot.Failures)));

    /// <summary>Loads all models.</summary>
    /// <exception cref="ServerOptionException">One cannot be loaded.</exception>
    public static ModelStore Load(ServerOptions options, TimeProvider time, ILogger<ModelStore> log)
    {
        var slots = new List<Slot>();
        try
        {
            foreach (ModelSpec spec in options.Models)
            {
                // What changes while it is loaded shows as a change afterwards.
                var stamp = FolderStamp.Of(spec);
                slots.Add(new Slot(ServedModel.Load(spec, options, time), stamp));
            }
        }
        catch (Exception e) when (IsExpected(e))
        {
            slots.ForEach(slot => slot.Model.Retire());
            throw new ServerOptionException(e.Message, e);
        }
        return new ModelStore([.. slots], options, time, log);
    }

    /// <summary>Lets a request into a model; the caller says <see cref="ServedModel.Leave"/>.</summary>
    /// <param name="name">Null: the first.</param>
    /// <param name="model">The newest version.</param>
    public bool TryEnter(string? name, [NotNullWhen(true)] out ServedModel? model)
    {
        model = null;
        Slot? slot = name is null ? _slots[0] : Array.Find(_slots, slot => slot.Model.Name == name);
        if (slot is null)
            return false;
        do
        {
            model = Volatile.Read(ref slot.Model);
            if (model.TryEnter())
                return true;
        }
        while (!_closed);
        model = null;
        return false;
    }

    /// <summary>
    /// Loads what has changed since it was last looked at, once it has stopped changing: a folder that is being written is left alone until the next look. What cannot be loaded is told,
    /// and the old version goes on.
    /// </summary>
    public void Reload()
    {
        foreach (Slot slot in _slots)
        {
            FolderStamp seen = FolderStamp.Of(slot.Model.Spec);
            bool changed = seen != slot.Loaded, still = seen == slot.Seen;
            slot.Seen = seen;
            if (!changed || !still)
                continue;
            try
            {
                ServedModel next = ServedModel.Load(slot.Model.Spec, _options, _time);
                (slot.Loaded, slot.Complaint) = (seen, "");
                ServedModel old = slot.Model;
                Volatile.Write(ref slot.Model, next);
                Interlocked.Increment(ref slot.Reloads);
                old.Retire();
                Reloaded(next.Name, old.Version, next.Version);
            }
            catch (Exception e)
            {
                // Whatever it is, memory that has run out included: the old version goes on. Damage stays until the folder changes; what else it may be, such as a
                // file that cannot be read yet, is tried again at each look, and told once.
                if (e is InvalidDataException)
                    slot.Loaded = seen;
                if (slot.Complaint == e.Message)
                    continue;
                slot.Complaint = e is InvalidDataException ? "" : e.Message;
                Interlocked.Increment(ref slot.Failures);
                NotReloaded(slot.Model.Name, slot.Model.Version, e.Message);
            }
        }
    }

    public void Dispose()
    {
        _closed = true;
        foreach (Slot slot in _slots)
            slot.Model.Retire();
    }

    private static bool IsExpected(Exception e) => e is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException or InvalidOperationException;

    [LoggerMessage(Level = LogLevel.Information, Message = "model {Name}: version {Old} has given way to {New}")]
    private partial void Reloaded(string name, string old, string @new);

    [LoggerMessage(Level = LogLevel.Warning, Message = "model {Name}: its folder has changed and cannot be loaded, so version {Version} goes on: {Why}")]
    private partial void NotReloaded(string name, string version, string why);

    private sealed class Slot(ServedModel model, FolderStamp stamp)
    {
        public ServedModel Model = model;
        public FolderStamp Loaded = stamp;
        public FolderStamp Seen = stamp;
        public string Complaint = "";
        public long Reloads;
        public long Failures;
    }
}
