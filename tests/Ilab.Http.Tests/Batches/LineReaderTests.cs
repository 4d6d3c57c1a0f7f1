using System.Text;
using Ilab.Engine.Workloads.Batches;
using Ilab.Http.Batches;

namespace Ilab.Http.Tests.Batches;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData(512, null)]
    [InlineData(513, "invalid_custom_id")]
    public void AnIdHasItsLimit(int length, string? code)
    {
        var line = $$$"""{"custom_id":"{{{new string('x', length)}}}","method":"POST","url":"/v1/completions","body":{}}""";
        var error = Record.Exception(() => LineReader.Read(new BatchRequest { Input = "" }, Encoding.UTF8.GetBytes(line)));
        Assert.Equal(code, (error as LineException)?.Code);
    }

    /// <summary>A line has at most 64 levels; its result may have more.</summary>
    [Fact]
    public void ADeepLineHasAResult()
    {
        var line = $$$"""{"prompt":"a","mine":{{{new string('[', 63)}}}{{{new string(']', 63)}}}}""";
        var read = LineReader.Read(new BatchRequest { Input = "", IsPlain = true }, Encoding.UTF8.GetBytes(line));
        var enveloped = read with { IsPlain = false };
        var deep = Encoding.UTF8.GetBytes($$$"""{"choices":{{{new string('[', 62)}}}{{{new string(']', 62)}}}}""");
        Assert.Contains(new string('[', 62), Encoding.UTF8.GetString(LineResult.Answer(enveloped, "x", deep).Json), StringComparison.Ordinal);
        var plain = LineResult.Answer(read, "x", """{"choices":[{"text":"b"}]}"""u8.ToArray());
        Assert.Contains(new string('[', 63), Encoding.UTF8.GetString(plain.Json), StringComparison.Ordinal);
    }
}
