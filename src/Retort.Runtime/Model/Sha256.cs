using System.Buffers.Binary;
using System.Numerics;

namespace Retort.Runtime.Model;

/// <summary>SHA-256 (FIPS 180-4) in managed code. Its constants are computed from the primes that define them.</summary>
internal sealed class Sha256
{
    private const int BlockBytes = 64, Rounds = 64;

    private static readonly uint[] RoundConstants = FractionsOfRoots(Rounds, Math.Cbrt);

    private readonly uint[] _state = FractionsOfRoots(8, Math.Sqrt);
    private readonly byte[] _block = new byte[BlockBytes];
    private long _length;

    public void Append(ReadOnlySpan<byte> data)
    {
        int filled = (int)(_length % BlockBytes);
        _length += data.Length;
        if (filled > 0)
        {
            int taken = Math.Min(BlockBytes - filled, data.Length);
            data[..taken].CopyTo(_block.AsSpan(filled));
            if (filled + taken < BlockBytes)
                return;
            Compress(_block);
            data = data[taken..];
        }
        for (; data.Length >= BlockBytes; data = data[BlockBytes..])
            Compress(data[..BlockBytes]);
        data.CopyTo(_block);
    }

    /// <summary>The hash of everything appended; the object is spent.</summary>
    public byte[] Finish()
    {
        long bits = _length * 8;
        Append([0x80]);
        Span<byte> zeros = stackalloc byte[BlockBytes];
        zeros.Clear();
        Append(zeros[..(int)((BlockBytes - 8 - _length % BlockBytes + BlockBytes) % BlockBytes)]);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, bits);
        Append(length);
        byte[] hash = new byte[32];
        for (int k = 0; k < _state.Length; k++)
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(4 * k), _state[k]);
        return hash;
    }

    private void Compress(ReadOnlySpan<byte> block)
    {
        Span<uint> schedule = stackalloc uint[Rounds];
        for (int k = 0; k < 16; k++)
            schedule[k] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * k)..]);
        for (int k = 16; k < Rounds; k++)
        {
            uint x = schedule[k - 15], y = schedule[k - 2];
            uint low = BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ x >> 3;
            uint high = BitOperations.RotateRight(y, 17) ^ BitOperations.RotateRight(y, 19) ^ y >> 10;
            schedule[k] = schedule[k - 16] + low + schedule[k - 7] + high;
        }
        (uint a, uint b, uint c, uint d) = (_state[0], _state[1], _state[2], _state[3]);
        (uint e, uint f, uint g, uint h) = (_state[4], _state[5], _state[6], _state[7]);
        for (int k = 0; k < Rounds; k++)
        {
            uint choice = h + Sum(e, 6, 11, 25) + (e & f ^ ~e & g) + RoundConstants[k] + schedule[k];
            uint majority = Sum(a, 2, 13, 22) + (a & b ^ a & c ^ b & c);
            (h, g, f, e, d, c, b, a) = (g, f, e, d + choice, c, b, a, choice + majority);
        }
        (_state[0], _state[1], _state[2], _state[3]) = (_state[0] + a, _state[1] + b, _state[2] + c, _state[3] + d);
        (_state[4], _state[5], _state[6], _state[7]) = (_state[4] + e, _state[5] + f, _state[6] + g, _state[7] + h);
    }

    private static uint Sum(uint x, int one, int two, int three) =>
        BitOperations.RotateRight(x, one) ^ BitOperations.RotateRight(x, two) ^ BitOperations.RotateRight(x, three);

    // The first 32 bits of the fractional parts of roots of the first primes; doubles hold enough of them.
    private static uint[] FractionsOfRoots(int count, Func<double, double> root)
    {
        var found = new List<uint>(count);
        for (int n = 2; found.Count < count; n++)
        {
            bool prime = true;
            for (int d = 2; d * d <= n && prime; d++)
                prime = n % d != 0;
            if (prime)
                found.Add((uint)((root(n) - Math.Floor(root(n))) * 4_294_967_296.0));
        }
        return [.. found];
    }
}
