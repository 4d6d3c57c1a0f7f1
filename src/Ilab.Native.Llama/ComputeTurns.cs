using System.Numerics;
using Ilab.Posix.Files;

namespace Ilab.Native.Llama;

/// <summary>
/// Lets processes that share cores take turns computing, one step at a time. ggml's threads wait for each other by spinning, many times per step: processes
/// with more threads than cores in total are many times slower together than one after another. A step occupies as many places as it has threads. A turn ends
/// with its process, however that ends.
/// </summary>
public static class ComputeTurns
{
    private const int MostPlaces = 16;

    private static FileLock? _door;
    private static FileLock[] _places = [];
    private static int _coresOfAPlace = 1;

    /// <summary>Takes turns with all processes that use the same directory. To be called once, before any computation.</summary>
    /// <param name="folder">Created if necessary; holds empty files.</param>
    /// <exception cref="IOException">The files cannot be created.</exception>
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

    /// <summary>Waits for a turn, in a fair order. Does nothing if the process has not joined.</summary>
    /// <param name="threads">Number of compute threads.</param>
    internal static Turn Take(int threads)
    {
        if (_door is not { } door)
        {
            return default;
        }

        var wanted = Math.Clamp((threads + _coresOfAPlace - 1) / _coresOfAPlace, 1, _places.Length);

        // The holder of the last turn cannot take the next one while another process is waiting at the gate; only one process at a time collects places, so
        // that no two wait for each other.
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

    /// <summary>Disposing ends the turn.</summary>
    /// <param name="places">One bit per place.</param>
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
