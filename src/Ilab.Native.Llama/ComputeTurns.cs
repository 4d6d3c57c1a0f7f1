using System.Numerics;
using Ilab.Posix.Files;

namespace Ilab.Native.Llama;

/// <summary>
/// Lets processes that compute on the same cores take turns, a step at a time. Threads of ggml wait for each other by spinning, many times in a step:
/// processes with more threads than cores together are many times slower than one after the other. A step takes as many places as it has threads. The kernel
/// ends a turn with the process that has it, however that process ends.
/// </summary>
public static class ComputeTurns
{
    private const int MostPlaces = 16;

    private static FileLock? _door;
    private static FileLock[] _places = [];
    private static int _coresOfAPlace = 1;

    /// <summary>From now on this process takes turns with all that named the same folder. Once, before anything is computed.</summary>
    /// <param name="folder">Made when it is not there; holds empty files.</param>
    /// <exception cref="IOException">The files cannot be made.</exception>
    public static void Join(string folder)
    {
        Directory.CreateDirectory(folder);
        _coresOfAPlace = (Environment.ProcessorCount + MostPlaces - 1) / MostPlaces;
        _places =
        [
            .. Enumerable
                .Range(0, (Environment.ProcessorCount + _coresOfAPlace - 1) / _coresOfAPlace)
                .Select(index => FileLock.Open(Path.Combine(folder, $"place.{index}"))),
        ];
        _door = FileLock.Open(Path.Combine(folder, "door"));
    }

    /// <summary>Waits for a turn; whoever is kept waiting is next. Nothing happens when the process has not joined.</summary>
    /// <param name="threads">That will compute.</param>
    internal static Turn Take(int threads)
    {
        if (_door is not { } door)
        {
            return default;
        }

        var wanted = Math.Clamp((threads + _coresOfAPlace - 1) / _coresOfAPlace, 1, _places.Length);

        // Who had the last turn cannot take the next one too while somebody stands at the door; and only one at a time gathers places, so nobody waits for
        // somebody who waits.
        door.Acquire();
        var taken = 0UL;
        for (var index = 0; index < _places.Length && BitOperations.PopCount(taken) < wanted; index++)
        {
            taken |= _places[index].TryAcquire() ? 1UL << index : 0;
        }

        for (var index = 0; index < _places.Length && BitOperations.PopCount(taken) < wanted; index++)
        {
            var place = (Environment.ProcessId + index) % _places.Length;
            if ((taken >> place & 1) == 0)
            {
                _places[place].Acquire();
                taken |= 1UL << place;
            }
        }

        door.Release();
        return new Turn(taken);
    }

    /// <summary>Ends when it is disposed of.</summary>
    /// <param name="places">A bit for each.</param>
    internal readonly ref struct Turn(ulong places)
    {
        public void Dispose()
        {
            for (var left = places; left != 0; left &= left - 1)
            {
                _places[BitOperations.TrailingZeroCount(left)].Release();
            }
        }
    }
}
