using System.Globalization;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.UserFiles;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>
/// Jobs of kind <c>batch</c>: answer the requests of a file, one per line. A result is durable before it counts; a job that runs again answers the lines
/// that have none.
/// </summary>
public sealed class BatchHandler(UserFileStore files, IBatchLines lines, BatchBook book, TimeProvider time) : IJobHandler
{
    public const string JobKind = "batch";

    /// <summary>For quotas.</summary>
    public static IBlobOwner Owner { get; } = new BatchInputs();

    private const int MostProblems = 100;
    private const int ShownProblems = 5;

    public string Kind => JobKind;

    public async Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = BatchBook.RequestOf(context.Job);
        Directory.CreateDirectory(context.Folder);
        var tally = book.Begin(context.Job);
        var isFinal = true;
        try
        {
            await CheckAsync(context, request, cancellationToken).ConfigureAwait(false);
            tally.Total = BatchBook.TotalIn(context.Folder)!.Value;
            await new BatchRun(request, lines, tally, context, time).RunAsync(() => OpenInput(request), cancellationToken).ConfigureAwait(false);
            var (_, completed, failed, _, _) = tally.Counts;
            return string.Create(CultureInfo.InvariantCulture, $"{completed} answered, {failed} failed");
        }
        catch (OperationCanceledException)
        {
            isFinal = false; // by the service, which goes on later, or by the caller
            throw;
        }
        finally
        {
            book.End(context.Job, isFinal);
        }
    }

    /// <summary>The input goes, unless a file of a user has the same bytes.</summary>
    public Task EndedAsync(JobRecord job) => files.ForgetAsync(Digest.Parse(BatchBook.RequestOf(job).Input));

    /// <summary>Nothing is outside the job's directory; the results in it stay as long as the job.</summary>
    public Task DiscardAsync(JobContext context, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What is wrong with the lines of a batch; at most a hundred problems.</summary>
    /// <returns>Number of lines, and the problems.</returns>
    /// <exception cref="EngineException">INVALID_ARGUMENT: it is no text with lines.</exception>
    public async Task<(int Lines, IReadOnlyList<BatchProblem> Problems)> CheckAsync(BatchRequest request, Stream input, CancellationToken cancellationToken)
    {
        var (problems, ids, count) = (new List<BatchProblem>(), new HashSet<string>(StringComparer.Ordinal), 0);
        await foreach (var line in BatchInput.ReadAsync(input, cancellationToken).ConfigureAwait(false))
        {
            count++;
            if (lines.Check(request, line, ids) is { } problem && problems.Count < MostProblems)
            {
                problems.Add(problem);
            }
        }

        if (count == 0)
        {
            problems.Add(new BatchProblem(1, "empty_file", "the file has no lines", null));
        }

        return (count, problems);
    }

    /// <exception cref="EngineException">INVALID_ARGUMENT.</exception>
    public static void Require(IReadOnlyList<BatchProblem> problems)
    {
        if (problems.Count > 0)
        {
            var shown = problems
                .Take(ShownProblems)
                .Select(static problem => string.Create(CultureInfo.InvariantCulture, $"line {problem.Line}: {problem.Message}"));
            var more = problems.Count > ShownProblems ? $"; and {problems.Count - ShownProblems} more" : "";
            throw new EngineException(ErrorKind.InvalidArgument, $"{string.Join("; ", shown)}{more}", "nothing was computed; correct the lines and try again");
        }
    }

    private FileStream OpenInput(BatchRequest request) => files.Open(Digest.Parse(request.Input));

    private async Task CheckAsync(JobContext context, BatchRequest request, CancellationToken cancellationToken)
    {
        if (BatchBook.TotalIn(context.Folder) is not null)
        {
            return;
        }

        var input = OpenInput(request);
        await using var open = input.ConfigureAwait(false);
        var (count, problems) = await CheckAsync(request, input, cancellationToken).ConfigureAwait(false);
        if (problems.Count > 0)
        {
            BatchBook.SaveProblems(context.Folder, problems);
            Require(problems);
        }

        BatchBook.SaveTotal(context.Folder, count);
    }
}
