using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Workloads.Batches;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Batches;

/// <summary><c>/v1/batches</c>: jobs of kind <c>batch</c> in the API's shape.</summary>
internal static class BatchesEndpoint
{
    private const string Prefix = "batch_";
    private const string Cancel = "/cancel";
    private const string Window = "24h";
    private const int IdLength = 32;
    private const int MostOfAPage = 100,
        UsualOfAPage = 20;

    public static string IdOf(JobRecord job) => Prefix + job.Id;

    public static async Task CreateAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var (file, endpoint) = (body.RequiredText("input_file_id"), body.RequiredText("endpoint"));
        if (!LineReader.Endpoints.Contains(endpoint))
        {
            throw body.Wrong("endpoint", $"one of {string.Join(", ", LineReader.Endpoints)}");
        }

        if (body.RequiredText("completion_window") != Window)
        {
            throw body.Wrong("completion_window", Window);
        }

        body.Refuse("output_expires_after", "results stay until their job is removed");
        call.Target = $"name={file}";
        var request = new BatchRequest
        {
            Input = (await BatchFiles.InputAsync(call, file).ConfigureAwait(false)).ToString(),
            InputFile = file,
            Endpoint = endpoint,
            Window = Window,
            Metadata = Notes.Read(body),
        };
        var job = await call
            .Parts.Jobs.CreateAsync(
                new NewJob(BatchHandler.JobKind, $"batch of {file}", BatchBook.ToJson(request), "", call.Caller, new Dictionary<string, string>()),
                call.Aborted
            )
            .ConfigureAwait(false);
        await AnswerAsync(call, job).ConfigureAwait(false);
    }

    public static async Task ListAsync(HttpCall call)
    {
        var jobs = await call.Parts.Jobs.ListAsync(call.Aborted).ConfigureAwait(false);
        JobRecord[] own = [.. jobs.Where(job => job.Kind == BatchHandler.JobKind && job.Uid == call.Caller.Uid)];
        var page = Paging.Of(call.Request, own, IdOf, MostOfAPage, UsualOfAPage);
        var shown = new Page<BatchObject>(page.Object, [.. page.Data.Select(job => Of(call.Parts.Batches, job))], page.FirstId, page.LastId, page.HasMore);
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(shown, BatchesJson.Relaxed.PageBatchObject)).ConfigureAwait(false);
    }

    public static async Task GetAsync(HttpCall call) => await AnswerAsync(call, await ByIdAsync(call, call.Rest).ConfigureAwait(false)).ConfigureAwait(false);

    public static async Task CancelAsync(HttpCall call)
    {
        if (!call.Rest.EndsWith(Cancel, StringComparison.Ordinal))
        {
            throw new ProblemException(new Problem(404, $"there is no endpoint POST {call.Request.Path}"));
        }

        var job = await ByIdAsync(call, call.Rest[..^Cancel.Length]).ConfigureAwait(false);
        await AnswerAsync(call, await call.Parts.Jobs.CancelAsync(call.Caller, job.Id, call.Aborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>The job of a batch.</summary>
    /// <param name="id">Of the job.</param>
    /// <param name="named">What the caller called it.</param>
    /// <exception cref="ProblemException">404.</exception>
    public static async Task<JobRecord> FindAsync(HttpCall call, string id, string named)
    {
        try
        {
            var job = await call.Parts.Jobs.FindAsync(id, call.Aborted).ConfigureAwait(false);
            return job.Kind == BatchHandler.JobKind && call.Caller.Owns(job.Uid) ? job : throw BatchFiles.Unknown(named, "object");
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            throw BatchFiles.Unknown(named, "object");
        }
    }

    private static async Task<JobRecord> ByIdAsync(HttpCall call, string id)
    {
        call.Target = $"name={id}";
        return id.StartsWith(Prefix, StringComparison.Ordinal) && id.Length == Prefix.Length + IdLength
            ? await FindAsync(call, id[Prefix.Length..], id).ConfigureAwait(false)
            : throw BatchFiles.Unknown(id, "batch");
    }

    private static Task AnswerAsync(HttpCall call, JobRecord job) =>
        Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(Of(call.Parts.Batches, job), BatchesJson.Relaxed.BatchObject));

    private static BatchObject Of(BatchBook book, JobRecord job)
    {
        var (request, counts) = (BatchBook.RequestOf(job), book.CountsOf(job));
        var (answers, errors) = BatchFiles.ResultsOf(book, job);
        var ended = job.Ended?.ToUnixTimeSeconds();
        return new BatchObject
        {
            Id = IdOf(job),
            Endpoint = request.Endpoint,
            Errors = job.State == JobState.Failed ? ErrorsOf(book, job) : null,
            InputFileId = request.InputFile,
            CompletionWindow = request.Window.Length > 0 ? request.Window : Window,
            Status = job.State switch
            {
                JobState.Succeeded => "completed",
                JobState.Failed => "failed",
                JobState.Cancelled => "cancelled",
                _ => counts.Total == 0 ? "validating" : "in_progress",
            },
            OutputFileId = answers,
            ErrorFileId = errors,
            CreatedAt = job.Created.ToUnixTimeSeconds(),
            InProgressAt = job.Started?.ToUnixTimeSeconds(),
            FinalizingAt = job.State == JobState.Succeeded ? ended : null,
            CompletedAt = job.State == JobState.Succeeded ? ended : null,
            FailedAt = job.State == JobState.Failed ? ended : null,
            CancellingAt = job.State == JobState.Cancelled ? ended : null,
            CancelledAt = job.State == JobState.Cancelled ? ended : null,
            RequestCounts = new RequestCounts(counts.Total, counts.Completed, counts.Failed),
            Metadata = request.Metadata,
        };
    }

    private static BatchErrors ErrorsOf(BatchBook book, JobRecord job) =>
        book.ProblemsOf(job) is { Count: > 0 } problems
            ? new BatchErrors("list", [.. problems.Select(static one => new BatchError(one.Code, one.Message, one.Field, one.Line))])
            : new BatchErrors("list", [new BatchError(job.Error!.Kind.ToString(), job.Error.Message, null, null)]);
}
