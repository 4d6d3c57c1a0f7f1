using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Ilab.Benchmarks.Measure;

/// <summary>A whole process, timed from just before posix_spawn to just after its end, with its output thrown away.</summary>
internal static unsafe partial class Spawn
{
    private const int FileActionsBytes = 512; // larger than posix_spawn_file_actions_t of glibc and musl
    private const int WriteOnly = 1;

    public static double Milliseconds(IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        var path = Resolve(command[0]);
        using var arguments = new NativeStrings([path, .. command[1..]]);
        using var variables = new NativeStrings(Merge(environment));
        var actions = stackalloc byte[FileActionsBytes];
        Check(posix_spawn_file_actions_init(actions));
        Check(posix_spawn_file_actions_addopen(actions, 1, "/dev/null", WriteOnly, 0));
        Check(posix_spawn_file_actions_addopen(actions, 2, "/dev/null", WriteOnly, 0));
        try
        {
            var start = Stopwatch.GetTimestamp();
            Check(posix_spawn(out var pid, path, actions, null, arguments.Pointer, variables.Pointer));
            int status;
            while (waitpid(pid, &status, 0) < 0) { }

            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            return status == 0 ? elapsed : throw new InvalidOperationException($"{string.Join(' ', command)} ended with wait status {status}");
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
        }
    }

    private static string Resolve(string program) =>
        program.Contains('/', StringComparison.Ordinal)
            ? program
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).First(File.Exists);

    private static IEnumerable<string> Merge(IReadOnlyDictionary<string, string> extra)
    {
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (!extra.ContainsKey((string)entry.Key))
            {
                yield return $"{entry.Key}={entry.Value}";
            }
        }

        foreach (var (name, value) in extra)
        {
            yield return $"{name}={value}";
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"posix_spawn: error {error}");
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(out int pid, string path, byte* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, int* status, int options);

    private sealed class NativeStrings : IDisposable
    {
        private readonly nint[] _strings;

        public NativeStrings(IEnumerable<string> values)
        {
            _strings = [.. values.Select(value => Allocate(value))];
            Pointer = (byte**)NativeMemory.Alloc((nuint)(_strings.Length + 1), (nuint)sizeof(nint));
            for (var index = 0; index < _strings.Length; index++)
            {
                Pointer[index] = (byte*)_strings[index];
            }

            Pointer[_strings.Length] = null;
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            Array.ForEach(_strings, Marshal.FreeHGlobal);
            NativeMemory.Free(Pointer);
        }

        private static nint Allocate(string value)
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            var memory = Marshal.AllocHGlobal(bytes.Length + 1);
            Marshal.Copy(bytes, 0, memory, bytes.Length);
            Marshal.WriteByte(memory, bytes.Length, 0);
            return memory;
        }
    }
}
