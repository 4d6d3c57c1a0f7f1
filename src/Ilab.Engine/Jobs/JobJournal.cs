using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Ilab.Posix.Files;

namespace Ilab.Engine.Jobs;

/// <summary>
/// Finished pieces of a job's work, durable before they are used: one JSON value per line, flushed in groups. A last line without its end, left by a crash,
/// is truncated; a whole line that cannot be read is left out and stays, since what follows it may have been acknowledged. A job that runs again finds
/// here what it need not repeat.
/// </summary>
public sealed class JobJournal : IAsyncDisposable
{
    private readonly FileStream _file;
    private readonly Channel<(byte[] Line, TaskCompletionSource Written)> _lines = Channel.CreateUnbounded<(byte[], TaskCompletionSource)>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Task _writing;
    private long _end;

    private JobJournal(FileStream file, long end, int unreadable)
    {
        (_file, _end, Unreadable) = (file, end, unreadable);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Number of lines that could not be read when it was opened.</summary>
    public int Unreadable { get; }

    /// <param name="take">Gets each line that is there, without its end. It throws a <see cref="JsonException"/> for one that it cannot read.</param>
    public static JobJournal Open(string path, Action<ReadOnlyMemory<byte>> take)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0);
        try
        {
            var (end, unreadable) = Read(file, (line, _) => take(line));
            file.SetLength(end);
            file.Position = end;
            FileSystem.SyncDirectory(Path.GetDirectoryName(path)!);
            return new JobJournal(file, end, unreadable);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the lines of a journal, which somebody else may be writing.</summary>
    /// <param name="take">Gets each line, without its end, and its position in the file; throws as above.</param>
    public static void Read(string path, Action<ReadOnlyMemory<byte>, long> take)
    {
        if (File.Exists(path))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
            Read(file, take);
        }
    }

    /// <summary>Returns when the entry is durable.</summary>
    /// <param name="json">Without line breaks.</param>
    /// <exception cref="IOException">It is not in the journal.</exception>
    public Task AddAsync(ReadOnlySpan<byte> json)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] line = [.. json, (byte)'\n'];
        return _lines.Writer.TryWrite((line, written)) ? written.Task : Task.FromException(new ObjectDisposedException(nameof(JobJournal)));
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
    }

    /// <returns>Where the last whole line ends, and the number of lines that could not be read.</returns>
    private static (long End, int Unreadable) Read(FileStream file, Action<ReadOnlyMemory<byte>, long> take)
    {
        var (end, unreadable, held) = (0L, 0, new ArrayBufferWriter<byte>(1 << 16));
        for (int read; (read = file.Read(held.GetSpan(1 << 16))) > 0; )
        {
            held.Advance(read);
            var taken = 0;
            for (int length; (length = held.WrittenSpan[taken..].IndexOf((byte)'\n')) >= 0; taken += length + 1)
            {
                try
                {
                    take(held.WrittenMemory.Slice(taken, length), end);
                }
                catch (JsonException)
                {
                    unreadable++; // of an unfinished group, or damaged; the lines after it are whole all the same
                }

                end += length + 1;
            }

            if (taken > 0)
            {
                var rest = held.WrittenSpan[taken..].ToArray();
                held.ResetWrittenCount();
                held.Write(rest);
            }
        }

        return (end, unreadable);
    }

    private async Task WriteAsync()
    {
        var together = new List<TaskCompletionSource>();
        while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            try
            {
                var end = _end;
                while (_lines.Reader.TryRead(out var next))
                {
                    together.Add(next.Written);
                    _file.Write(next.Line);
                    end += next.Line.Length;
                }

                _file.Flush(flushToDisk: true);
                _end = end;
                together.ForEach(static written => written.TrySetResult());
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Withdraw();
                together.ForEach(written => written.TrySetException(exception));
            }

            together.Clear();
        }
    }

    /// <summary>What was written of a group that failed must not stand before the next one.</summary>
    private void Withdraw()
    {
        try
        {
            _file.SetLength(_end);
        }
        catch (IOException)
        {
            // The disk does not even take less; the next write begins at the same place anyway.
        }

        _file.Position = _end;
    }
}
