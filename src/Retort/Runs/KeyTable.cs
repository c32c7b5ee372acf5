using System.Runtime.InteropServices;

namespace Retort.Runs;

/// <summary>
/// 128-bit keys that are hashes already, each with a number, outside managed memory: open addressing in a temporary
/// memory-mapped file, which is doubled where it is three quarters full. 24 bytes a slot. Looking up is thread-safe,
/// adding is not.
/// </summary>
/// <param name="folder">Where the file stands until the table is closed.</param>
internal sealed class KeyTable(string folder) : IDisposable
{
    private const int FirstSlots = 1024;

    private MappedArray<Slot>? _slots;

    /// <summary>How many keys there are.</summary>
    public int Count { get; private set; }

    /// <summary>Gives a key a number, in the place of its former one if it has any.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The number, at least 0.</param>
    /// <returns>Whether the key is new.</returns>
    public bool Put(UInt128 key, long value = 0)
    {
        if (_slots is null || Count >= _slots.Length / 4 * 3)
            Grow();
        long at = Find(_slots!, key);
        bool isNew = _slots![at].IsFree;
        _slots[at] = new Slot((ulong)(key >> 64), (ulong)key, value + 1);
        Count += isNew ? 1 : 0;
        return isNew;
    }

    /// <summary>The number of a key.</summary>
    public bool TryGet(UInt128 key, out long value)
    {
        Slot slot = _slots is null ? default : _slots[Find(_slots, key)];
        value = slot.Next - 1;
        return !slot.IsFree;
    }

    public void Dispose() => _slots?.Dispose();

    private void Grow()
    {
        MappedArray<Slot>? old = _slots;
        _slots = MappedArray<Slot>.Temporary(folder, old is null ? FirstSlots : 2 * old.Length);
        for (long k = 0; k < (old?.Length ?? 0); k++)
        {
            Slot slot = old![k];
            if (!slot.IsFree)
                _slots[Find(_slots, slot.Key)] = slot;
        }
        old?.Dispose();
    }

    // The slot of a key, or the free one where it belongs.
    private static long Find(MappedArray<Slot> slots, UInt128 key)
    {
        long mask = slots.Length - 1, at = (long)(ulong)key & mask;
        while (!slots[at].IsFree && slots[at].Key != key)
            at = (at + 1) & mask;
        return at;
    }

    /// <param name="High">The key's upper half.</param>
    /// <param name="Low">Its lower half.</param>
    /// <param name="Next">The number plus 1; 0: the slot is free.</param>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Slot(ulong High, ulong Low, long Next)
    {
        public bool IsFree => Next == 0;

        public UInt128 Key => new(High, Low);
    }
}
