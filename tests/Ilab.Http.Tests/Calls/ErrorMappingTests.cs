using Ilab.Engine.Errors;
using Ilab.Http.Calls;

namespace Ilab.Http.Tests.Calls;

/// <summary>What an error of the engine is over HTTP.</summary>
public sealed class ErrorMappingTests
{
    [Theory]
    [InlineData(2.2, 3)]
    [InlineData(0.1, 1)]
    public void WhoFindsTheQueueFullIsToldWhenToComeBack(double seconds, int expected)
    {
        var full = new EngineException(ErrorKind.QueueFull, "256 requests wait for smol already") { RetryAfter = TimeSpan.FromSeconds(seconds) };
        var problem = ErrorMapping.Of(full);
        Assert.Equal((503, expected), (problem.Status, problem.RetryAfter));
        Assert.Equal(full.Message, problem.Message);
    }

    [Fact]
    public void EveryKindHasAStatusOfItsOwnMaking()
    {
        ErrorKind[] defects = [ErrorKind.Internal, ErrorKind.Corrupt];
        foreach (var kind in Enum.GetValues<ErrorKind>().Except(defects))
        {
            Assert.NotEqual((kind, 500), (kind, ErrorMapping.Of(new EngineException(kind, "x")).Status));
        }
    }
}
