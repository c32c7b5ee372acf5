namespace Retort.Runtime.Kernels;

/// <summary>Passes to use again. A thread finds its own where it left it, as long as threads stay on their processors.</summary>
internal sealed class PassPool(StudentCore core)
{
    private const int Spacing = 8; // slots in different cache lines

    private readonly TextPass?[] _slots = new TextPass?[Math.Max(4, 2 * Environment.ProcessorCount) * Spacing];

    public TextPass Rent()
    {
        int slots = _slots.Length / Spacing, first = Thread.GetCurrentProcessorId();
        for (int k = 0; k < slots; k++)
        {
            ref TextPass? slot = ref _slots[(first + k) % slots * Spacing];
            if (Volatile.Read(ref slot) is not null && Interlocked.Exchange(ref slot, null) is { } pass)
                return pass;
        }
        return new TextPass(core);
    }

    public void Return(TextPass pass)
    {
        int slots = _slots.Length / Spacing, first = Thread.GetCurrentProcessorId();
        for (int k = 0; k < slots; k++)
        {
            ref TextPass? slot = ref _slots[(first + k) % slots * Spacing];
            if (Volatile.Read(ref slot) is null && Interlocked.CompareExchange(ref slot, pass, null) is null)
                return;
        }
    }
}
