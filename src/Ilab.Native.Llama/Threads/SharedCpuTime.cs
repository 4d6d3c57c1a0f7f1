using System.IO.MemoryMappedFiles;

namespace Ilab.Native.Llama.Threads;

/// <summary>
/// A counter in a file to which all ilab processes of a machine add their CPU time, so that each knows how much of the load is ilab itself. Outlives the
/// processes; only differences are meaningful.
/// </summary>
internal sealed unsafe class SharedCpuTime : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _nanoseconds;
    private TimeSpan _own;

    /// <exception cref="IOException">The file cannot be created.</exception>
    public SharedCpuTime(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _file = MemoryMappedFile.CreateFromFile(file, null, sizeof(long), MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, sizeof(long));
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _nanoseconds = (long*)pointer;
    }

    /// <summary>Adds the CPU time used since the last call.</summary>
    /// <param name="own">CPU time of this process since it started.</param>
    /// <returns>CPU time of all other ilab processes, relative to an arbitrary origin.</returns>
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
