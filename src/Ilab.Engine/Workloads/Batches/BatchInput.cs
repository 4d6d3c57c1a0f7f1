using System.Runtime.CompilerServices;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>Reads the lines of a batch one by one.</summary>
public static class BatchInput
{
    /// <summary>Most bytes of an input.</summary>
    public const long MostBytes = 512L << 20;

    /// <summary>Most bytes of a line.</summary>
    public const int LongestLine = 8 << 20;

    /// <summary>Most lines: their places in the results are kept in memory.</summary>
    public const int MostLines = 1_000_000;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The lines that have something in them.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: a line is too long, or there are too many.</exception>
    public static async IAsyncEnumerable<BatchLine> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (held, used, start, index, number) = (new byte[1 << 16], 0, 0, 0, 0);
        var atEnd = false;
        while (!atEnd || start < used)
        {
            var length = held.AsSpan(start, used - start).IndexOf((byte)'\n');
            if (length < 0 && !atEnd)
            {
                held = Room(held, start, ref used);
                start = 0;
                var read = await stream.ReadAsync(held.AsMemory(used), cancellationToken).ConfigureAwait(false);
                (used, atEnd) = (used + read, read == 0);
                continue;
            }

            length = length < 0 ? used - start : length;
            var bytes = held.AsSpan(start, length).ToArray().AsMemory();
            start = Math.Min(used, start + length + 1);
            number++;
            bytes = number == 1 && bytes.Span.StartsWith(ByteOrderMark) ? bytes[ByteOrderMark.Length..] : bytes;
            if (bytes.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
            {
                continue;
            }

            if (index == MostLines)
            {
                throw new EngineException(ErrorKind.InvalidArgument, $"a batch has at most {MostLines} lines", "split the file");
            }

            yield return new BatchLine(index++, number, bytes);
        }
    }

    /// <summary>Moves what is left to the beginning, and makes the buffer larger if that is all of it.</summary>
    private static byte[] Room(byte[] held, int start, ref int used)
    {
        var left = used - start;
        if (left > LongestLine)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"a line is longer than {ByteText.Of(LongestLine)}", "a batch has one request per line");
        }

        var target = left > held.Length / 2 ? new byte[held.Length * 2] : held;
        held.AsSpan(start, left).CopyTo(target);
        used = left;
        return target;
    }
}
