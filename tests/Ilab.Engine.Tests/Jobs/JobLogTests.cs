using Ilab.Engine.Jobs;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Jobs;

/// <summary>The events of a job on disk: whole entries, in order, of any length.</summary>
public sealed class JobLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnEntryThatIsTooLongKeepsItsBeginningAndWhatFollowsIsRead()
    {
        var text = new string('x', 3 << 20);
        using (var log = new JobLog(_folder.Path))
        {
            log.Append(Line("before"), durable: false);
            var written = log.Append(Line(text), durable: false);
            Assert.StartsWith("xxxx", written.Log!.Text, StringComparison.Ordinal);
            Assert.EndsWith(" characters more)", written.Log!.Text, StringComparison.Ordinal);
            var failed = new JobStateChange(JobState.Failed, text, "", new JobError(Engine.Errors.ErrorKind.Internal, text, text));
            log.Append(new JobEventRecord { State = failed }, durable: true);
            log.Append(Line("after"), durable: true);
        }

        var read = JobLog.ReadAll(_folder.Path);
        Assert.Equal([1UL, 2, 3, 4], read.Select(static entry => entry.Sequence));
        Assert.Equal("after", read[3].Log!.Text);
        Assert.True(read[2].State!.Error!.Message.Length < 1 << 17);
    }

    [Fact]
    public void AResultIsNeverShortenedHoweverLong()
    {
        var result = new string('r', 2 << 20);
        using (var log = new JobLog(_folder.Path))
        {
            log.Append(new JobEventRecord { State = new JobStateChange(JobState.Succeeded, "", result, null) }, durable: true);
            log.Append(Line("after"), durable: true);
        }

        using var again = new JobLog(_folder.Path);
        Assert.Equal(result, again.Earlier[0].State!.Result);
        Assert.Equal(2UL, again.LastSequence);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(40)]
    public void ATornEndIsCutOffAndTheLogGoesOn(int lost)
    {
        using (var log = new JobLog(_folder.Path))
        {
            log.Append(Line("one"), durable: true);
            log.Append(Line("two"), durable: true);
        }

        using (var file = new FileStream(Path.Combine(_folder.Path, "events"), FileMode.Open))
        {
            var length = file.Length;
            file.SetLength(length - lost);
            file.SetLength(length + 100); // zeros, as a power loss leaves them
        }

        using (var log = new JobLog(_folder.Path))
        {
            Assert.Equal("one", Assert.Single(log.Earlier).Log!.Text);
            log.Append(Line("three"), durable: true);
        }

        Assert.Equal(["one", "three"], JobLog.ReadAll(_folder.Path).Select(static entry => entry.Log!.Text));
    }

    private static JobEventRecord Line(string text) => new() { Log = new JobLogLine("info", text) };
}
