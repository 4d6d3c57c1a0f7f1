using System.Runtime.InteropServices;

namespace Ilab.Posix.Processes;

/// <summary>
/// <c>posix_spawn</c>: unlike <see cref="System.Diagnostics.Process"/>, it can redirect output to a file and keep all other descriptors (such as a socket
/// inherited from systemd) out of the child.
/// </summary>
public static unsafe partial class ProcessSpawner
{
    private const int WriteOnly = 1;
    private const int CreateAppend = 0x40 | 0x400;
    private const int OwnerReadWrite = 0x180;

    // Larger than the C library's structures on every architecture; they contain pointers, hence the type.
    private const int OpaqueWords = 128;

    /// <summary>Starts the process and returns its pid, or 0 with the reason in <paramref name="error"/>.</summary>
    public static int Spawn(ProcessStart start, out string error)
    {
        var actions = stackalloc nint[OpaqueWords];
        if (Init(actions) is var code and not 0)
        {
            error = Marshal.GetPInvokeErrorMessage(code);
            return 0;
        }

        using var arguments = new NativeStrings([start.Program, .. start.Arguments]);
        using var environment = new NativeStrings([.. start.Environment.Select(v => $"{v.Key}={v.Value}")]);
        try
        {
            AddOpen(actions, 0, "/dev/null", 0, 0);
            AddOpen(actions, 1, start.OutputPath, WriteOnly | CreateAppend, OwnerReadWrite);
            AddDuplicate(actions, 1, 2);
            CloseRest(actions);
            code = Spawn(out var pid, start.Program, actions, null, arguments.Pointer, environment.Pointer);
            error = code == 0 ? "" : Marshal.GetPInvokeErrorMessage(code);
            return code == 0 ? pid : 0;
        }
        finally
        {
            Destroy(actions);
        }
    }

    private static void CloseRest(nint* actions)
    {
        try
        {
            AddCloseFrom(actions, 3);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library before 2.34. The runtime opens its own descriptors close-on-exec, so only foreign ones remain open.
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int Init(nint* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int Destroy(nint* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(nint* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(nint* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    private static partial int AddCloseFrom(nint* actions, int from);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int pid, string path, nint* actions, nint* attributes, byte** arguments, byte** environment);

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> values)
        {
            _count = values.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
            {
                Marshal.FreeCoTaskMem((nint)Pointer[i]);
            }

            NativeMemory.Free(Pointer);
        }
    }
}
