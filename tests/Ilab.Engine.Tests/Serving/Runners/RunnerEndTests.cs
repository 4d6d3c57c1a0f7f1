using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Runners;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Tests.Serving.Runners;

public sealed class RunnerEndTests
{
    [Fact]
    public void A_signal_is_named() => Assert.Equal("killed by signal 9 (SIGKILL)", RunnerEnd.From(new RunnerExit { Code = 137, Signal = 9 }, []).Describe());

    [Fact]
    public void An_end_that_only_its_parent_could_explain_is_named_as_such() =>
        Assert.Equal("it ended without an exit status", RunnerEnd.From(null, []).Describe());

    [Fact]
    public void A_reason_the_runner_gave_is_kept()
    {
        var end = RunnerEnd.From(
            new RunnerExit
            {
                Code = 3,
                ErrorKind = "INVALID_MODEL",
                Message = "not a GGUF",
            },
            []
        );

        Assert.Equal(ErrorKind.InvalidModel, end.Kind);
        Assert.Equal("not a GGUF (exit code 3)", end.Describe());
    }

    [Theory]
    [InlineData("CONTEXT_EXCEEDED", ErrorKind.ContextExceeded)]
    [InlineData("ERROR_KIND_NOT_FOUND", ErrorKind.NotFound)]
    [InlineData("", null)]
    [InlineData("SOMETHING_NEW", null)]
    public void Names_of_kinds_are_understood(string name, ErrorKind? kind) => Assert.Equal(kind, ErrorKindNames.Parse(name));
}
