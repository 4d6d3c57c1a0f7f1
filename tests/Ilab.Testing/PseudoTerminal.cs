using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Testing;

/// <summary>Both ends of a real terminal of the kernel: the test types at one end, the program sits at the other.</summary>
public sealed partial class PseudoTerminal : IAsyncDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const int CloseOnExec = 0x80000;
    private const nuint SetWindowSize = 0x5414;

    private readonly FileStream _master;
    private readonly StringBuilder _output = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _waiters = new();
    private readonly Task _reader;
    private bool _isClosed;

    public PseudoTerminal(int columns = 80, int rows = 24)
    {
        int master = OpenMaster(ReadWrite | NoControllingTerminal | CloseOnExec);
        Require(master >= 0, "no pseudo-terminal");
        Require(Grant(master) == 0 && Unlock(master) == 0, "the other end cannot be opened");
        var name = new byte[128];
        Require(Name(master, name, (nuint)name.Length) == 0, "the other end has no name");
        Path = Encoding.ASCII.GetString(name).TrimEnd('\0');
        MasterDescriptor = master;
        Resize(columns, rows);
        // Open before anything reads, so that the master sees a terminal with somebody at it from the start.
        Slave = Open(Path, ReadWrite | NoControllingTerminal | CloseOnExec);
        Require(Slave >= 0, "the other end does not open");
        _master = new FileStream(new SafeFileHandle(master, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
        _reader = Task.Factory.StartNew(Pump, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Name of the program's end, e.g. /dev/pts/3.</summary>
    public string Path { get; }

    /// <summary>Descriptor of the program's end in this process.</summary>
    public int Slave { get; }

    private int MasterDescriptor { get; }

    /// <summary>Everything the program has sent so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public void Resize(int columns, int rows)
    {
        ushort[] size = [(ushort)rows, (ushort)columns, 0, 0];
        Require(Ioctl(MasterDescriptor, SetWindowSize, size) == 0, "the size cannot be set");
    }

    public void Type(string keys) => _master.Write(Encoding.UTF8.GetBytes(keys));

    /// <summary>Returns when the output from <paramref name="from"/> on satisfies the condition; fails with what is there after 20 s.</summary>
    public async Task<string> WaitAsync(Func<string, bool> condition, int from = 0)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Enqueue(changed);
            string output = Output[from..];
            if (condition(output))
                return output;
            try
            {
                await changed.Task.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException("the terminal shows: " + Output[from..].Replace("\x1b", "<ESC>", StringComparison.Ordinal));
            }
        }
    }

    public Task<string> WaitForAsync(string text, int from = 0) => WaitAsync(o => o.Contains(text, StringComparison.Ordinal), from);

    /// <summary>Returns when all that was written has been read: the program has ended, and nobody else holds its end of the terminal.</summary>
    public async Task DrainAsync()
    {
        CloseSlave();
        await _reader.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        CloseSlave();
        await _reader.WaitAsync(TimeSpan.FromSeconds(20));
        await _master.DisposeAsync();
    }

    private void CloseSlave()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            Close(Slave);
        }
    }

    private void Pump()
    {
        var buffer = new byte[4096];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[4096];
        try
        {
            while (_master.Read(buffer) is > 0 and int read)
            {
                int count = decoder.GetChars(buffer, 0, read, characters, 0);
                lock (_output)
                    _output.Append(characters, 0, count);
                WakeAll();
            }
        }
        catch (IOException)
        {
            // EIO: nobody holds the other end any more.
        }

        WakeAll();
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new IOException($"{problem}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private void WakeAll()
    {
        while (_waiters.TryDequeue(out TaskCompletionSource? waiter))
            waiter.TrySetResult();
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int Grant(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int Unlock(int fd);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int Name(int fd, byte[] buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Ioctl(int fd, nuint request, ushort[] size);
}
