namespace Ilab.Runner.Training;

/// <summary>Random numbers that are reproducible across machines and versions, with a serializable state: xoshiro256** seeded by splitmix64.</summary>
internal sealed class RandomSource
{
    private readonly ulong[] _state = new ulong[4];

    public RandomSource(ulong seed)
    {
        for (var index = 0; index < _state.Length; index++)
        {
            seed += 0x9E3779B97F4A7C15;
            var z = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            _state[index] = z ^ (z >> 31);
        }
    }

    public RandomSource(IReadOnlyList<ulong> state)
    {
        for (var index = 0; index < _state.Length; index++)
        {
            _state[index] = state[index];
        }
    }

    public IReadOnlyList<ulong> State => [.. _state];

    public ulong Next()
    {
        var result = ulong.RotateLeft(_state[1] * 5, 7) * 9;
        var shifted = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= shifted;
        _state[3] = ulong.RotateLeft(_state[3], 45);
        return result;
    }

    /// <summary>0 to <paramref name="limit"/> - 1.</summary>
    public int Next(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

    /// <summary>[0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Normally distributed with standard deviation 1.</summary>
    public float NextNormal() => (float)(Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble()));

    /// <summary>A random permutation of 0 to n-1.</summary>
    public int[] Permutation(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var index = count - 1; index > 0; index--)
        {
            var other = Next(index + 1);
            (order[index], order[other]) = (order[other], order[index]);
        }

        return order;
    }
}
