using System.IO.MemoryMappedFiles;

namespace Ilab.Native.Llama.Threads;

/// <summary>A counter in a file that ilab's processes on one machine add their CPU time to, so that each knows how much of a busy machine is ilab itself.
/// Outlives them; only differences mean something.</summary>
internal sealed unsafe class SharedCpuTime : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _nanoseconds;
    private TimeSpan _own;

    /// <exception cref="IOException">The file cannot be made.</exception>
    public SharedCpuTime(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _file = MemoryMappedFile.CreateFromFile(file, null, sizeof(long), MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, sizeof(long));
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _nanoseconds = (long*)pointer;
    }

    /// <summary>Adds what this process used since the last call.</summary>
    /// <param name="own">CPU time of this process since it began.</param>
    /// <returns>CPU time of all the others, since some moment.</returns>
    public TimeSpan Exchange(TimeSpan own)
    {
        var total = Interlocked.Add(ref *_nanoseconds, (own - _own).Ticks * TimeSpan.NanosecondsPerTick);
        _own = own;
        return TimeSpan.FromTicks(total / TimeSpan.NanosecondsPerTick) - own;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
