using Ilab.Api.V1;
using Ilab.Cli.Commands.Models;

namespace Ilab.Cli.Tests.Commands.Models;

public sealed class ModelPsCommandTests
{
    [Theory]
    [InlineData(1u, 2u, "busy", "1/2 (busy)")]
    [InlineData(2u, 2u, "", "2/2")]
    [InlineData(2u, 2u, "quota", "2/2 (quota)")]
    [InlineData(0u, 4u, "", "0/4")]
    [InlineData(0u, 0u, "", "")] // a runner of an earlier version, or one that still loads
    public void ThreadsAreShownWithTheirReason(uint threads, uint limit, string reason, string expected) =>
        Assert.Equal(
            expected,
            ModelPsCommand.Threads(
                ModelData.Of(
                    new LoadedModel
                    {
                        Threads = threads,
                        ThreadsLimit = limit,
                        ThreadsReason = reason,
                    }
                )
            )
        );
}
