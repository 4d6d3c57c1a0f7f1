using System.Text;
using Ilab.Http.Calls;
using Ilab.Http.Json;
using Ilab.Http.Ollama;

namespace Ilab.Http.Tests.Ollama;

/// <summary>Durations as Go writes them, and numbers of seconds.</summary>
public sealed class KeepAliveTests
{
    [Theory]
    [InlineData("\"5m\"", 300.0)]
    [InlineData("\"1h30m\"", 5400.0)]
    [InlineData("\"1.5h\"", 5400.0)]
    [InlineData("\"300ms\"", 0.3)]
    [InlineData("\"+2us\"", 0.000002)]
    [InlineData("\".5s\"", 0.5)]
    [InlineData("\"0\"", 0.0)]
    [InlineData("0", 0.0)]
    [InlineData("300", 300.0)]
    [InlineData("1.5", 1.5)]
    [InlineData("-1", null)]
    [InlineData("\"-1m\"", null)]
    [InlineData("1e300", null)]
    public void AreRead(string json, double? seconds)
    {
        var expected = seconds is { } span ? TimeSpan.FromSeconds(span) : Timeout.InfiniteTimeSpan;
        Assert.Equal(expected, KeepAlive.Read(Fields($$"""{"keep_alive":{{json}}}""")));
    }

    [Theory]
    [InlineData("\"soon\"")]
    [InlineData("\"5 minutes\"")]
    [InlineData("\"m5\"")]
    [InlineData("\"5\"")]
    [InlineData("\"\"")]
    [InlineData("\"5m \"")]
    [InlineData("true")]
    [InlineData("{}")]
    public void WhatIsNoneIsRefused(string json)
    {
        var problem = Assert.Throws<ProblemException>(() => KeepAlive.Read(Fields($$"""{"keep_alive":{{json}}}"""))).Problem;
        Assert.Equal((400, "keep_alive"), (problem.Status, problem.Field));
    }

    [Fact]
    public void AbsentAndNullAreTheDefaultOfTheService() => Assert.Null(KeepAlive.Read(Fields("""{"keep_alive":null}""")));

    private static JsonFields Fields(string json) => new(JsonBody.Parse(Encoding.UTF8.GetBytes(json)), "");
}
