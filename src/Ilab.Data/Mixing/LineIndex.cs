namespace Ilab.Data.Mixing;

/// <summary>Offsets of the lines of a file, for random access: 8 bytes of memory per line.</summary>
internal sealed class LineIndex : IDisposable
{
    private const int BufferSize = 1 << 20;

    private readonly FileStream _file;
    private readonly List<long> _starts = [];
    private readonly long _end;

    public LineIndex(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0, FileOptions.RandomAccess);
        var buffer = new byte[BufferSize];
        long position = 0,
            start = 0;
        for (int read; (read = _file.Read(buffer)) > 0; position += read)
        {
            for (var (from, at) = (0, 0); (at = buffer.AsSpan(from, read - from).IndexOf((byte)'\n')) >= 0; from += at + 1)
            {
                Add(start, position + from + at);
                start = position + from + at + 1;
            }
        }

        Add(start, position);
        _end = position;
    }

    public int Count => _starts.Count;

    public byte[] Read(int index)
    {
        var start = _starts[index];
        var next = index + 1 < _starts.Count ? _starts[index + 1] : _end;
        var line = new byte[next - start];
        RandomAccess.Read(_file.SafeFileHandle, line, start);
        return line.AsSpan().TrimEnd("\r\n"u8).ToArray();
    }

    public void Dispose() => _file.Dispose();

    private void Add(long start, long end)
    {
        if (end > start)
        {
            _starts.Add(start);
        }
    }
}
