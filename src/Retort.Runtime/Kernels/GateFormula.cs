namespace Retort.Runtime.Kernels;

/// <summary>
/// The gate, value · sigmoid(gate), in 16-bit integers: the specification that every kernel follows bit by bit.
/// <code>
/// z = |gate| ≪ shift ⊗ factor                              |gate| / Range, with some bits
/// t = (min(z, 2^bits) − 2^bits) ≪ (15 − bits)              |gate| / Range − 1, from −1 to 0, with 15 bits
/// h = ((C3 ⊗ t + C2) ⊗ t + C1) ⊗ t                          sigmoid(−|gate|), with 15 bits
/// p = value ⊗ h
/// result = gate &lt; 0 ? p : value − p
/// </code>
/// a ⊗ b is (a · b + 2^14) ≫ 15. The cubic is the minimax fit of sigmoid(−6 (1 + t)) without a constant term; it is off by at
/// most 0.0041, half of what one step of an 8-bit entry is of the largest. What |gate| lacks in bits adds up to 1.5 / 2^bits.
/// </summary>
internal static class GateFormula
{
    /// <summary>Gates beyond this are as good as open or shut.</summary>
    public const double Range = 6;

    public const short C1 = -2565, C2 = -12250, C3 = -26200;

    public static short Apply(short value, short gate, short factor, int shift, int bits)
    {
        int full = 1 << bits;
        int z = Multiply(Math.Abs(gate) << shift, factor);
        int t = Math.Min(z, full) - full << 15 - bits;
        int h = Multiply(Multiply(Multiply(C3, t) + C2, t) + C1, t);
        int p = Multiply(value, h);
        return (short)(gate < 0 ? p : value - p);
    }

    private static int Multiply(int a, int b) => a * b + (1 << 14) >> 15;
}
