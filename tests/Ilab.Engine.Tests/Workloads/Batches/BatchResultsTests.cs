using System.Text;
using Ilab.Engine.Jobs;
using Ilab.Engine.Workloads.Batches;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Workloads.Batches;

public sealed class BatchResultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A line may have 64 levels; its result has some more.</summary>
    [Fact]
    public async Task ADeepResultAndThoseAfterItStay()
    {
        var deep = $"{{\"a\":{new string('[', 70)}{new string(']', 70)}}}";
        for (var run = 0; run < 2; run++)
        {
            await using var journal = JobJournal.Open(BatchResults.PathIn(_folder.Path), static line => BatchResults.Parse(line));
            Assert.Equal(0, journal.Unreadable);
            await journal.AddAsync(BatchResults.Entry(2 * run, new BatchResult(IsError: false, Encoding.UTF8.GetBytes(deep))).Span);
            await journal.AddAsync(BatchResults.Entry((2 * run) + 1, new BatchResult(IsError: true, "{}"u8.ToArray())).Span);
        }

        var written = new List<string>();
        await BatchResults.WriteAsync(
            _folder.Path,
            BatchPart.All,
            line =>
            {
                written.Add(Encoding.UTF8.GetString(line.Span));
                return Task.CompletedTask;
            }
        );
        Assert.Equal([deep + "\n", "{}\n", deep + "\n", "{}\n"], written);
    }
}
