using System.Runtime.InteropServices;

namespace Ilab.Cli.Hosting;

/// <summary>
/// Writes to a file descriptor and reports every failure. The runtime's console stream swallows a broken pipe, so that a command following a log would run on
/// without a reader.
/// </summary>
internal sealed partial class DescriptorStream(int descriptor, string name) : Stream
{
    /// <summary><see cref="Exception.HResult"/> of a write without a reader (EPIPE).</summary>
    public const int BrokenPipe = 32;

    private const int Interrupted = 4; // EINTR
    private const int TryAgain = 11; // EAGAIN
    private const short Writable = 4; // POLLOUT

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">HResult is errno.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = write(descriptor, buffer, buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case TryAgain: // another process made the terminal or pipe non-blocking
                    var wanted = new Poll { File = descriptor, Events = Writable };
                    _ = poll(ref wanted, 1, -1);
                    break;
                case var error:
                    throw new IOException($"cannot write to {name}: {Marshal.GetPInvokeErrorMessage(error)}", error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int File;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int file, ReadOnlySpan<byte> bytes, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(ref Poll files, nuint count, int timeout);
}
