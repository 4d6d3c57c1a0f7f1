using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Native.Llama;

/// <summary>
/// Lets processes that share cores take turns computing, one step at a time. ggml's threads wait for each other by spinning, many times per step: processes
/// with more threads than cores in total are many times slower together than one after another. A step occupies as many places as it has threads. A turn ends
/// with its process, however that ends.
/// </summary>
public static partial class ComputeTurns
{
    private const int Exclusive = 2,
        NonBlocking = 4,
        Release = 8,
        Interrupted = 4,
        MostPlaces = 16;
    private const int ReadWriteCreateCloseOnExec = 0x80000 | 0x40 | 0x2,
        OwnerOnly = 0x180;
    private static SafeFileHandle? _door;
    private static SafeFileHandle[] _places = [];
    private static int _coresOfAPlace = 1;

    /// <summary>Takes turns with all processes that use the same directory. To be called once, before any computation.</summary>
    /// <param name="folder">Created if necessary; holds empty files.</param>
    /// <exception cref="IOException">The files cannot be created.</exception>
    public static void Join(string folder)
    {
        Directory.CreateDirectory(folder);
        _coresOfAPlace = (Environment.ProcessorCount + MostPlaces - 1) / MostPlaces;
        _places = [.. Enumerable.Range(0, (Environment.ProcessorCount + _coresOfAPlace - 1) / _coresOfAPlace).Select(index => Open(folder, $"place.{index}"))];
        _door = Open(folder, "door");
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
        Lock(door, Exclusive);
        var taken = 0UL;
        for (var index = 0; index < _places.Length && BitOperations.PopCount(taken) < wanted; index++)
        {
            taken |= TryLock(_places[index]) ? 1UL << index : 0;
        }

        for (var index = 0; index < _places.Length && BitOperations.PopCount(taken) < wanted; index++)
        {
            var place = (Environment.ProcessId + index) % _places.Length;
            if ((taken >> place & 1) == 0)
            {
                Lock(_places[place], Exclusive);
                taken |= 1UL << place;
            }
        }

        Lock(door, Release);
        return new Turn(taken);
    }

    /// <summary>Bypasses the runtime, which takes such locks of its own on files it opens.</summary>
    private static SafeFileHandle Open(string folder, string name)
    {
        var file = open(Path.Combine(folder, name), ReadWriteCreateCloseOnExec, OwnerOnly);
        return !file.IsInvalid ? file : throw new IOException($"{Path.Combine(folder, name)}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static bool TryLock(SafeFileHandle file) => flock(file, Exclusive | NonBlocking) == 0;

    private static void Lock(SafeFileHandle file, int operation)
    {
        while (flock(file, operation) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Interrupted)
            {
                throw new LlamaException($"cannot take a turn at computing: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    /// <summary>Disposing ends the turn.</summary>
    /// <param name="places">Bit mask of the places.</param>
    internal readonly ref struct Turn(ulong places)
    {
        public void Dispose()
        {
            for (var left = places; left != 0; left &= left - 1)
            {
                Lock(_places[BitOperations.TrailingZeroCount(left)], Release);
            }
        }
    }
}
