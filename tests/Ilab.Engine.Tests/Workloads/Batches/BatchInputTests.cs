using System.Text;
using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Batches;

namespace Ilab.Engine.Tests.Workloads.Batches;

public sealed class BatchInputTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "0/1:a")]
    [InlineData("a\nb\n", "0/1:a 1/2:b")]
    [InlineData("\n \t\na\r\n\nb", "0/3:a\r 1/5:b")] // empty lines are no requests, but count for those who look a line up
    [InlineData("\uFEFFa\n", "0/1:a")]
    public async Task LinesAreNumberedAsAnEditorDoes(string text, string lines) =>
        Assert.Equal(lines, string.Join(' ', await ReadAsync(Encoding.UTF8.GetBytes(text))));

    [Fact]
    public async Task LongLinesAndManyPiecesAreRead()
    {
        var lines = Enumerable
            .Range(0, 40)
            .Select(static number => new string((char)('a' + (number % 26)), number * 9973))
            .Where(static line => line.Length > 0)
            .ToArray();
        var read = await ReadAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        Assert.Equal(lines, read.Select(static line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]));
    }

    [Fact]
    public async Task ALineIsBounded()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => ReadAsync(new byte[BatchInput.LongestLine * 3]));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    private static async Task<List<string>> ReadAsync(byte[] bytes)
    {
        var lines = new List<string>();
        await foreach (var line in BatchInput.ReadAsync(new MemoryStream(bytes), CancellationToken.None))
        {
            lines.Add($"{line.Index}/{line.Number}:{Encoding.UTF8.GetString(line.Bytes.Span)}");
        }

        return lines;
    }
}
