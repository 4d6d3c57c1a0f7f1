using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Hosting;

/// <summary>Whatever a command throws ends as a line and an exit code.</summary>
public sealed class FailureTests
{
    public static TheoryData<Exception, int, string> Cases =>
        new()
        {
            { new IlabException(ErrorKind.NotFound, "no model x", "look\nelsewhere"), 127, "no model x; look elsewhere" },
            { new IlabException(ErrorKind.ContextExceeded, "too long"), 2, "too long" },
            { new UnauthorizedAccessException("Access to the path '/x' is denied."), 125, "Access to the path '/x' is denied; check its permissions" },
            { new IOException("first\nsecond."), 125, "first second" },
            { new IOException("broken", DescriptorStream.BrokenPipe), 0, "" },
            { new IOException("outer", new IOException("broken", DescriptorStream.BrokenPipe)), 0, "" },
            { new AggregateException(new IlabException(ErrorKind.TimedOut, "timed out")), 124, "timed out" },
            { new OperationCanceledException(), 130, "interrupted" },
            {
                new InvalidOperationException("odd\nstate."),
                125,
                "internal error: InvalidOperationException: odd state; please report it with the command and the output of 'ilab version'"
            },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnExceptionIsALineAndAnExitCode(Exception exception, int exitCode, string line) =>
        Assert.Equal(new Failure(exitCode, line), Failure.Of(exception, interrupted: false));

    [Fact]
    public void WhoInterruptsNeedsNoExplanation()
    {
        Assert.Equal(new Failure(130, ""), Failure.Of(new OperationCanceledException(), interrupted: true));
        Assert.Equal(new Failure(130, ""), Failure.Of(new IlabException(ErrorKind.Cancelled, "cancelled"), interrupted: true));
    }
}
