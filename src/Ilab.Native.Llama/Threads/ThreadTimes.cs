using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Native.Llama.Threads;

/// <summary>Run and wait times of a thread in this process, from the kernel's <c>schedstat</c>. Keeps the file open: a reading is one system call.</summary>
/// <param name="root">Directory that contains /proc.</param>
internal sealed class ThreadTimes(int thread, string root = "/") : IDisposable
{
    private readonly SafeFileHandle? _file = Open(Path.Combine(root, "proc/self/task", $"{thread}", "schedstat"));

    public int Thread => thread;

    /// <returns>Nanoseconds on the run queue without running, since the thread started; -1 if not reported by the kernel.</returns>
    public long Waited()
    {
        Span<byte> text = stackalloc byte[96];
        var length = _file is null ? 0 : RandomAccess.Read(_file, text, 0);
        return Parse(text[..length]);
    }

    public void Dispose() => _file?.Dispose();

    /// <param name="text">Nanoseconds run, nanoseconds waited, number of time slices.</param>
    internal static long Parse(ReadOnlySpan<byte> text)
    {
        var space = text.IndexOf((byte)' ');
        return space > 0 && Utf8Parser.TryParse(text[(space + 1)..], out long waited, out _) ? waited : -1;
    }

    private static SafeFileHandle? Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
