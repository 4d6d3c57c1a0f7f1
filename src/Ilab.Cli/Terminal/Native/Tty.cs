using System.Runtime.InteropServices;

namespace Ilab.Cli.Terminal.Native;

/// <summary>The libc calls for terminals. .NET offers them only together with taking over the terminal.</summary>
internal static unsafe partial class Tty
{
    /// <summary>Larger than struct termios of any Linux libc (60 bytes with glibc and musl), which is opaque here.</summary>
    public const int TermiosSize = 256;

    public const int ApplyAfterOutput = 1; // TCSADRAIN
    public const int Interrupted = 4; // EINTR
    public const short PollIn = 1;
    public const int StopSignal = 20; // SIGTSTP
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ

    [LibraryImport("libc", EntryPoint = "isatty")]
    public static partial int IsTerminal(int fd);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int GetAttributes(int fd, byte* termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int SetAttributes(int fd, int actions, byte* termios);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    public static partial void MakeRaw(byte* termios);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);

    /// <summary>Columns and rows; null when unknown.</summary>
    public static (int Columns, int Rows)? WindowSize(int fd)
    {
        WindowSizeEntry size = default;
        return Ioctl(fd, GetWindowSize, &size) == 0 && size.Columns > 0 ? (size.Columns, size.Rows) : null;
    }

    // ioctl is variadic; on the ABIs of Linux x64 and arm64 a third argument is passed as in an ordinary call.
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(int fd, nuint request, WindowSizeEntry* size);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSizeEntry
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }
}
