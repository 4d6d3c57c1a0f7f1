using System.Text;
using Ilab.Cli.Terminal.Native;

namespace Ilab.Cli.Terminal;

/// <summary>A terminal: its size, raw input bytes and text output.</summary>
/// <param name="input">Descriptor to read from, usually 0.</param>
/// <param name="output">Descriptor to write to, usually 1 or 2.</param>
public sealed class TerminalDevice(int input, int output)
{
    private const int DefaultColumns = 80;
    private const int DefaultRows = 24;

    /// <summary>The terminal of this process if it supports line editing; null for pipes, files and dumb terminals.</summary>
    public static TerminalDevice? OfProcess()
    {
        string? kind = Environment.GetEnvironmentVariable("TERM");
        bool usable = !string.IsNullOrEmpty(kind) && kind != "dumb";
        return usable && Tty.IsTerminal(0) == 1 && Tty.IsTerminal(1) == 1 ? new TerminalDevice(0, 1) : null;
    }

    public (int Columns, int Rows) Size => Tty.WindowSize(output) is { } size ? (size.Columns, Math.Max(size.Rows, 1)) : (DefaultColumns, DefaultRows);

    /// <summary>Switches to raw mode until the result is disposed, which restores the previous state.</summary>
    public unsafe RawMode EnterRaw()
    {
        var saved = new byte[Tty.TermiosSize];
        fixed (byte* before = saved)
        {
            if (Tty.GetAttributes(input, before) != 0)
                throw new IOException("cannot read the terminal settings");
        }

        byte[] raw = [.. saved];
        fixed (byte* now = raw)
        {
            Tty.MakeRaw(now);
            Tty.SetAttributes(input, Tty.ApplyAfterOutput, now);
        }

        Write("\x1b[?2004h"); // bracketed paste: pasted line ends must not submit the line
        return new RawMode(this, saved);
    }

    public unsafe void Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            int done = 0;
            while (done < bytes.Length)
            {
                nint written = Tty.Write(output, start + done, (nuint)(bytes.Length - done));
                if (written < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Tty.Interrupted)
                    continue;
                if (written <= 0)
                    throw new IOException("the terminal was closed");
                done += (int)written;
            }
        }
    }

    /// <summary>Waits for keys or for <paramref name="wake"/>.</summary>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="wake">Ends the wait from another thread.</param>
    /// <param name="timeoutMilliseconds">-1 = no limit.</param>
    /// <returns>Bytes read; 0 after a wake-up or a time-out; -1 when the terminal was closed.</returns>
    public unsafe int Read(Span<byte> buffer, WakePipe wake, int timeoutMilliseconds)
    {
        Tty.PollEntry* entries = stackalloc Tty.PollEntry[2];
        entries[0] = new Tty.PollEntry { Fd = input, Events = Tty.PollIn };
        entries[1] = new Tty.PollEntry { Fd = wake.ReadEnd, Events = Tty.PollIn };
        if (Tty.Poll(entries, 2, timeoutMilliseconds) <= 0)
            return 0;
        if (entries[1].Returned != 0)
        {
            wake.Drain();
            return 0;
        }

        fixed (byte* start = buffer)
        {
            nint read = Tty.Read(input, start, (nuint)buffer.Length);
            if (read > 0)
                return (int)read;
            bool again = read < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Tty.Interrupted;
            return again ? 0 : -1;
        }
    }

    private unsafe void Restore(byte[] saved)
    {
        fixed (byte* before = saved)
            Tty.SetAttributes(input, Tty.ApplyAfterOutput, before);
    }

    /// <summary>The terminal is raw until this is disposed.</summary>
    public sealed class RawMode : IDisposable
    {
        private readonly TerminalDevice _device;
        private byte[]? _saved;

        internal RawMode(TerminalDevice device, byte[] saved)
        {
            _device = device;
            _saved = saved;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _saved, null) is not { } saved)
                return;
            try
            {
                _device.Write("\x1b[?2004l");
            }
            catch (IOException)
            {
                // The terminal was closed; its settings may still be shared and are restored.
            }

            _device.Restore(saved);
        }
    }
}
