using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Native.Llama;

/// <summary>
/// Lets processes that compute on the same cores take turns, a step at a time. Threads of ggml wait for each other by spinning, many times in a step: two processes
/// with a thread for each core are many times slower together than one after the other. A turn ends with the process that has it, however that ends.
/// </summary>
public static partial class ComputeTurns
{
    private const int Exclusive = 2, NonBlocking = 4, Release = 8, Interrupted = 4;
    private const int ReadWriteCreateCloseOnExec = 0x80000 | 0x40 | 0x2, OwnerOnly = 0x180;
    private static SafeFileHandle? _door;
    private static SafeFileHandle[] _places = [];

    /// <summary>From now on this process takes turns with all that named the same folder. Once, before anything is computed.</summary>
    /// <param name="folder">Made when it is not there; holds empty files.</param>
    /// <param name="threads">Of this process: as many processes compute at once as there are cores for.</param>
    /// <exception cref="IOException">The files cannot be made.</exception>
    public static void Join(string folder, int threads)
    {
        Directory.CreateDirectory(folder);
        _places = [.. Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount / Math.Max(1, threads))).Select(index => Open(folder, $"place.{index}"))];
        _door = Open(folder, "door");
    }

    /// <summary>Waits for a turn; whoever is kept waiting is next. Nothing happens when the process has not joined.</summary>
    internal static Turn Take()
    {
        if (_door is not { } door)
        {
            return default;
        }

        // Who had the last turn cannot take the next one too while somebody stands at the door.
        Lock(door, Exclusive);
        var place = Array.Find(_places, static place => TryLock(place));
        if (place is null)
        {
            place = _places[Environment.ProcessId % _places.Length];
            Lock(place, Exclusive);
        }

        Lock(door, Release);
        return new Turn(place);
    }

    /// <summary>Not by the runtime, which takes such locks of its own on what it opens.</summary>
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

    /// <summary>Ends when it is disposed of.</summary>
    internal readonly ref struct Turn(SafeFileHandle? place)
    {
        public void Dispose()
        {
            if (place is not null)
            {
                Lock(place, Release);
            }
        }
    }
}
