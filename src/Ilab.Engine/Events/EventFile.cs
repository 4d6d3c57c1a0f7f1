using System.Text;

namespace Ilab.Engine.Events;

/// <summary>
/// Lines at the end of a file, whole or not at all. What a full disk does not take waits in memory, and is written when there is space again.
/// </summary>
/// <param name="open">Opens the file, made when it is not there.</param>
internal sealed class EventFile(Func<Stream> open, TimeProvider time, int mostWaiting) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Queue<string> _waiting = new();
    private Stream? _file;
    private long _end;
    private long? _failed;

    /// <summary>Lines that are not on disk.</summary>
    public int Waiting => _waiting.Count;

    /// <returns>Why it could not be written when that is news, else null.</returns>
    public IOException? Append(string line)
    {
        _waiting.Enqueue(line);
        if (_waiting.Count > mostWaiting)
        {
            _waiting.Dequeue();
        }

        // While the disk is full it is asked once a second, not for each of thousands of lines.
        return _failed is { } since && time.GetElapsedTime(since) < Pause ? null : TryWrite();
    }

    /// <summary>Writes what waits, if it can.</summary>
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

    /// <summary>Takes half a line away again.</summary>
    private void Cut()
    {
        try
        {
            _file?.SetLength(_end);
        }
        catch (IOException)
        {
            // The next write goes over it; a reader leaves out what is no event.
        }
    }
}
