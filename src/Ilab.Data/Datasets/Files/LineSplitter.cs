namespace Ilab.Data.Datasets.Files;

/// <summary>Splits chunks of bytes into lines, removing carriage returns and a byte order mark.</summary>
internal sealed class LineSplitter(int longest)
{
    private readonly MemoryStream _rest = new();
    private bool _isStarted;

    /// <summary>Number of lines so far, including empty ones.</summary>
    public long Number { get; private set; }

    /// <exception cref="FormatException">A line is too long.</exception>
    public IEnumerable<ReadOnlyMemory<byte>> Add(ReadOnlyMemory<byte> piece)
    {
        if (!_isStarted && piece.Length > 0)
        {
            _isStarted = true;
            piece = piece.Span.StartsWith("\uFEFF"u8) ? piece[3..] : piece;
        }

        while (piece.Span.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (Take(piece[..end]) is { } line)
            {
                yield return line;
            }

            piece = piece[(end + 1)..];
        }

        if (_rest.Length + piece.Length > longest)
        {
            throw new FormatException($"line {Number + 1} is longer than {longest} bytes");
        }

        _rest.Write(piece.Span);
    }

    /// <summary>The last line, if it is not terminated.</summary>
    public ReadOnlyMemory<byte>? End() => _rest.Length > 0 ? Take(default) : null;

    private ReadOnlyMemory<byte>? Take(ReadOnlyMemory<byte> end)
    {
        Number++;
        if (_rest.Length > 0)
        {
            _rest.Write(end.Span);
            end = _rest.ToArray();
            _rest.SetLength(0);
        }

        var line = end.Span.Length > 0 && end.Span[^1] == '\r' ? end[..^1] : end;
        return line.Span.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0 ? default(ReadOnlyMemory<byte>?) : line;
    }
}
