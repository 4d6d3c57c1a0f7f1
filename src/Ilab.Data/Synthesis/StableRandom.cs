using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ilab.Data.Synthesis;

/// <summary>Random numbers that are reproducible across machines and versions (SplitMix64).</summary>
internal sealed class StableRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A seed derived from a text: the first bytes of its SHA-256.</summary>
    public static ulong Of(string text) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to below <paramref name="end"/>.</summary>
    public int Below(int end) => (int)(((UInt128)Next() * (uint)end) >> 64);

    /// <summary>0 to below 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public void Shuffle<T>(IList<T> list)
    {
        for (var index = list.Count - 1; index > 0; index--)
        {
            var other = Below(index + 1);
            (list[index], list[other]) = (list[other], list[index]);
        }
    }
}
