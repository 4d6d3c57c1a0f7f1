using System.Text;
using Ilab.Http.Calls;
using Ilab.Http.Json;
using Ilab.Http.Ollama;

namespace Ilab.Http.Tests.Ollama;

public sealed class OptionsTests
{
    [Fact]
    public void OptionsBecomeSamplingAndLimits()
    {
        var options = Read(
            """{"temperature":0,"top_k":-1,"seed":-1,"num_predict":-2,"repeat_last_n":-1,"num_ctx":2048,"num_gpu":0,"stop":["a","b"],"unknown":1}"""
        );
        Assert.Equal((0, 0, null), (options.Sampling.Temperature, options.Sampling.TopK, options.Sampling.Seed));
        Assert.Equal((0, 2048, "cpu"), (options.MaxTokens, options.ContextLength, options.Device));
        Assert.True(options.Sampling.RepeatLastN >= 2048);
        Assert.Equal(["a", "b"], options.Stop);
    }

    [Fact]
    public void WhatIsNotSaidIsLeftToTheModel() => Assert.Equal((null, null), (Read("{}").MaxTokens, Read("{}").Sampling.Temperature));

    [Theory]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("num_predict", "1.5")]
    [InlineData("num_ctx", "-1")]
    [InlineData("stop", "[1]")]
    [InlineData("mirostat", "2")]
    [InlineData("typical_p", "0.5")]
    [InlineData("use_mmap", "1")]
    public void AFaultIsRefusedByName(string name, string value)
    {
        var problem = Assert.Throws<ProblemException>(() => Read($$"""{"{{name}}":{{value}}}""")).Problem;
        Assert.Equal(400, problem.Status);
        Assert.StartsWith($"options.{name}", problem.Field, StringComparison.Ordinal);
    }

    private static Options Read(string options) => Options.Read(new JsonFields(JsonBody.Parse(Encoding.UTF8.GetBytes($$"""{"options":{{options}}}""")), ""));
}
