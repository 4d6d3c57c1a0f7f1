using System.Text;

namespace Ilab.Engine.Events;

/// <summary>Appends complete lines to a file, atomically. Lines that do not fit on a full disk are buffered and written when there is space again.</summary>
/// <param name="open">Opens the file, creating it if necessary.</param>
internal sealed class EventFile(Func<Stream> open, TimeProvider time, int mostWaiting) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Queue<string> _waiting = new();
    private Stream? _file;
    private long _end;
    private long? _failed;

    /// <summary>Lines not written yet.</summary>
    public int Waiting => _waiting.Count;

    /// <returns>The error, if it is a new one; otherwise null.</returns>
    public IOException? Append(string line)
    {
        _waiting.Enqueue(line);
        if (_waiting.Count > mostWaiting)
        {
            _waiting.Dequeue();
        }

        // While the disk is full, retry once per second, not for each of thousands of lines.
        return _failed is { } since && time.GetElapsedTime(since) < Pause ? null : TryWrite();
    }

    /// <summary>Writes the buffered lines, if possible.</summary>
    public IOException? TryWrite()
    {
        if (_waiting.Count == 0)
        {
            return null;
        }

        try
        {
            _end = (_file ??= Open()).Length < _end ? _file.Length : _end;
            _file.Position = _end;
            _file.Write(Encoding.UTF8.GetBytes(string.Concat(_waiting.Select(static line => line + "\n"))));
            _file.Flush();
            _end = _file.Position;
            _waiting.Clear();
            _failed = null;
            return null;
        }
        catch (IOException exception)
        {
            var isNews = _failed is null;
            _failed = time.GetTimestamp();
            Cut();
            return isNews ? exception : null;
        }
    }

    public void Dispose()
    {
        TryWrite();
        _file?.Dispose();
    }

    private Stream Open()
    {
        var file = open();
        _end = file.Length;
        return file;
    }

    /// <summary>Removes a partially written line.</summary>
    private void Cut()
    {
        try
        {
            _file?.SetLength(_end);
        }
        catch (IOException)
        {
            // The next write overwrites it; readers skip invalid lines.
        }
    }
}
