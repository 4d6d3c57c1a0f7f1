using System.Text.Json.Nodes;
using Ilab.Data.Synthesis.Teachers;

namespace Ilab.Data.Tests.Synthesis.Teachers;

/// <summary>What is sent after a service has refused a parameter.</summary>
public sealed class RequestShapeTests
{
    private readonly List<string> _log = [];

    [Theory]
    [InlineData("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "", "max_completion_tokens,temperature,seed,top_p,stop,n")]
    [InlineData("max_tokens is not supported by this model", "", "max_completion_tokens,temperature,seed,top_p,stop,n")]
    [InlineData("`temperature` is deprecated for this model.", "", "max_tokens,seed,top_p,stop,n")]
    [InlineData("Unsupported value: only the default (1) value is supported.", "temperature", "max_tokens,seed,top_p,stop,n")]
    [InlineData("Unrecognized request argument supplied: seed", "", "max_tokens,temperature,top_p,stop,n")]
    [InlineData("body.seed: Extra inputs are not permitted", "body.seed", "max_tokens,temperature,top_p,stop,n")]
    [InlineData("Unknown parameter: 'n'.", "n", "max_tokens,temperature,seed,top_p,stop")]
    [InlineData("property 'stop' is unsupported", "", "max_tokens,temperature,seed,top_p,n")]
    [InlineData("`temperature` and `top_p` cannot both be specified for this model", "", "max_tokens,temperature,seed,stop,n")]
    public void ARefusedParameterIsRenamedOrLeftOut(string text, string parameter, string expected)
    {
        var shape = new RequestShape("big", (_, line) => _log.Add(line));
        var sent = shape.Apply(Body());
        var error = new ServiceError(400, "Bad Request", text, "", parameter);
        Assert.True(shape.Adapt(error, sent));
        Assert.True(shape.Adapt(error, sent)); // another request of the same time
        Assert.Equal(expected.Split(',').Order(), shape.Apply(Body()).Select(static field => field.Key).Skip(2).Order());
        Assert.Single(_log);
    }

    [Theory]
    [InlineData("max_tokens is too large: 4096. This model supports at most 2048 completion tokens, whereas you provided 4096.", 2048)]
    [InlineData("Invalid max_tokens value, the valid range of max_tokens is [1, 1000]", 1000)]
    [InlineData("`max_tokens` must be less than or equal to `512`", 512)]
    [InlineData("max_tokens: 4096 > 300, which is the maximum allowed number of output tokens", 300)]
    public void ATooHighLimitIsLowered(string text, int expected)
    {
        var shape = new RequestShape("big", (_, line) => _log.Add(line));
        Assert.True(shape.Adapt(new ServiceError(400, "", text), shape.Apply(Body())));
        Assert.Equal(expected, (int)shape.Apply(Body())["max_tokens"]!);
        Assert.Equal([$"big takes at most {expected} max_tokens: asking for {expected} from now on"], _log);
    }

    [Fact]
    public void NeitherNameOfTheLimitIsLeftOut()
    {
        var shape = new RequestShape("big", (_, line) => _log.Add(line));
        Assert.True(shape.Adapt(new ServiceError(422, "", "max_tokens: extra fields not permitted"), shape.Apply(Body())));
        var second = shape.Apply(Body());
        Assert.Equal(4096, (int)second["max_completion_tokens"]!);
        Assert.True(shape.Adapt(new ServiceError(422, "", "max_completion_tokens: extra fields not permitted"), second));
        Assert.DoesNotContain(shape.Apply(Body()), static field => field.Key.StartsWith("max_", StringComparison.Ordinal));
        Assert.Equal(2, _log.Count);
    }

    [Theory]
    [InlineData(400, "the messages are not valid")]
    [InlineData(400, "'model' is unknown")]
    [InlineData(400, "an unsupported value was sent to n services")]
    [InlineData(400, "'temperature' must be a number")]
    [InlineData(500, "unsupported parameter: seed")]
    [InlineData(401, "unsupported parameter: 'seed'")]
    public void OtherRefusalsAreNoneOfAParameter(int status, string text)
    {
        var shape = new RequestShape("big", (_, line) => _log.Add(line));
        Assert.False(shape.Adapt(new ServiceError(status, "", text), shape.Apply(Body())));
        Assert.Empty(_log);
    }

    private static JsonObject Body() =>
        new()
        {
            ["model"] = "big",
            ["messages"] = new JsonArray(),
            ["max_tokens"] = 4096,
            ["temperature"] = 0.7,
            ["seed"] = 1,
            ["top_p"] = 0.9,
            ["stop"] = new JsonArray("x"),
            ["n"] = 1,
        };
}
