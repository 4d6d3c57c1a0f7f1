using Ilab.Cli.Terminal.Native;

namespace Ilab.Cli.Terminal;

/// <summary>Wakes a poll() from another thread, for cancellation or a resized window.</summary>
public sealed unsafe class WakePipe : IDisposable
{
    private const int NonBlockingCloseOnExec = 0x800 | 0x80000;
    private readonly Lock _gate = new();
    private readonly int _writeEnd;
    private bool _closed;

    public WakePipe()
    {
        int* ends = stackalloc int[2];
        if (Tty.Pipe(ends, NonBlockingCloseOnExec) != 0)
            throw new IOException("cannot create a pipe: no file descriptors left");
        ReadEnd = ends[0];
        _writeEnd = ends[1];
    }

    internal int ReadEnd { get; }

    public void Wake()
    {
        byte one = 1;
        lock (_gate)
        {
            if (!_closed)
                Tty.Write(_writeEnd, &one, 1);
        }
    }

    internal void Drain()
    {
        byte* sink = stackalloc byte[64];
        while (Tty.Read(ReadEnd, sink, 64) == 64)
        {
            // drain the pipe
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            Tty.Close(_writeEnd);
            Tty.Close(ReadEnd);
        }
    }
}
