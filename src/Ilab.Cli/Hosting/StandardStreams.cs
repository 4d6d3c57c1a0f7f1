using System.Runtime.InteropServices;
using System.Text;

namespace Ilab.Cli.Hosting;

/// <summary>
/// Standard input, output and error of this process. A stream may have been closed by the caller (<c>&lt;&amp;-</c>); its number then belongs to whatever the
/// runtime opened first, and reading it would hang while writing it would corrupt something. Such descriptors are recognised by their close-on-exec flag: a
/// descriptor that was inherited cannot carry it.
/// </summary>
internal static partial class StandardStreams
{
    private const int GetFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int BadDescriptor = 9; // EBADF

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static bool InputIsOpen { get; } = IsInherited(0);

    public static bool OutputIsOpen { get; } = IsInherited(1);

    public static bool ErrorIsOpen { get; } = IsInherited(2);

    public static bool InputIsTerminal { get; } = InputIsOpen && !Console.IsInputRedirected;

    public static bool OutputIsTerminal { get; } = OutputIsOpen && !Console.IsOutputRedirected;

    public static bool ErrorIsTerminal { get; } = ErrorIsOpen && !Console.IsErrorRedirected;

    /// <summary>Standard input; empty when it is closed.</summary>
    public static Stream OpenInput() => InputIsOpen ? Console.OpenStandardInput() : Stream.Null;

    /// <summary>Standard output; writing to it fails when it is closed, so that no result is lost silently.</summary>
    public static Stream OpenOutput() => OutputIsOpen ? new DescriptorStream(1, "standard output") : new ClosedStream();

    /// <summary>Standard error; what cannot be written is dropped, because there is nowhere to report it.</summary>
    public static Stream OpenError() => ErrorIsOpen ? new LenientStream(new DescriptorStream(2, "standard error")) : Stream.Null;

    /// <summary>UTF-8 whatever the locale says, with <c>\n</c> as line end.</summary>
    public static StreamWriter Writer(Stream stream, bool autoFlush = false) => new(stream, Utf8, 4096) { NewLine = "\n", AutoFlush = autoFlush };

    /// <summary>UTF-8; not Console.In, which takes the terminal over.</summary>
    public static StreamReader Reader(Stream stream) => new(stream, Utf8);

    private static bool IsInherited(int descriptor) => fcntl(descriptor, GetFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command);

    private sealed class ClosedStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("standard output is closed", BadDescriptor);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return default;
        }
    }

    private sealed class LenientStream(DescriptorStream inner) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                inner.Write(buffer);
            }
            catch (IOException)
            {
                // See OpenError.
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return default;
        }
    }
}
