using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.UserFiles;
using Ilab.Engine.Workloads.Batches;
using Ilab.Http.Calls;

namespace Ilab.Http.Batches;

/// <summary>
/// Files as the API shows them: those that were uploaded, and the results of batches. The latter are views of a job's results, and live as long as the job.
/// </summary>
internal static class BatchFiles
{
    public const string Purpose = "batch";
    private const string ResultPurpose = "batch_output";
    private const string Prefix = "file-";
    private const string Answers = "output";
    private const string Errors = "errors";
    private const int IdLength = 32;

    /// <summary>The caller's files, newest first.</summary>
    public static async Task<IReadOnlyList<FileObject>> ListAsync(HttpCall call)
    {
        var uploaded = await call.Parts.Files.ListAsync(call.Caller, call.Aborted).ConfigureAwait(false);
        var jobs = await call.Parts.Jobs.ListAsync(call.Aborted).ConfigureAwait(false);
        var results = jobs.Where(job => job.Kind == BatchHandler.JobKind && job.Uid == call.Caller.Uid)
            .SelectMany(job => new[] { Answers, Errors }.Select(part => ResultOf(call.Parts.Batches, job, part)));
        return [.. uploaded.Select(Of).Concat(results.OfType<FileObject>()).OrderByDescending(static file => file.CreatedAt)];
    }

    /// <exception cref="ProblemException">404.</exception>
    public static async Task<FileObject> FindAsync(HttpCall call, string id)
    {
        if (await JobOfAsync(call, id).ConfigureAwait(false) is var (job, part))
        {
            return ResultOf(call.Parts.Batches, job, part) ?? throw Unknown(id);
        }

        return Of(await UploadedAsync(call, id).ConfigureAwait(false));
    }

    /// <summary>Writes what is in a file.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public static async Task WriteAsync(HttpCall call, string id, Func<ReadOnlyMemory<byte>, Task> write)
    {
        if (await JobOfAsync(call, id).ConfigureAwait(false) is var (job, part))
        {
            await BatchResults
                .WriteAsync(call.Parts.Batches.FolderOf(job), part == Answers ? BatchPart.Answers : BatchPart.Errors, write)
                .ConfigureAwait(false);
            return;
        }

        var stream = call.Parts.Files.Open((await UploadedAsync(call, id).ConfigureAwait(false)).Digest);
        await using var open = stream.ConfigureAwait(false);
        var buffer = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(buffer, call.Aborted).ConfigureAwait(false)) > 0; )
        {
            await write(buffer.AsMemory(0, read)).ConfigureAwait(false);
        }
    }

    /// <exception cref="ProblemException">404.</exception>
    public static async Task DeleteAsync(HttpCall call, string id)
    {
        _ = await FindAsync(call, id).ConfigureAwait(false);
        if (await JobOfAsync(call, id).ConfigureAwait(false) is var (job, part))
        {
            await File.WriteAllBytesAsync(DeletedMark(call.Parts.Batches, job, part), [], call.Aborted).ConfigureAwait(false);
            return;
        }

        await call.Parts.Files.RemoveAsync(call.Caller, id, call.Aborted).ConfigureAwait(false);
    }

    /// <summary>The digest of a file whose lines a batch can have.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public static async Task<Digest> InputAsync(HttpCall call, string id) => (await UploadedAsync(call, id).ConfigureAwait(false)).Digest;

    /// <summary>Ids of the results with answers and of those with errors; null = there are none, or not yet.</summary>
    public static (string? Answers, string? Errors) ResultsOf(BatchBook book, JobRecord job) =>
        (ResultOf(book, job, Answers)?.Id, ResultOf(book, job, Errors)?.Id);

    public static FileObject Of(UserFile file) =>
        new(file.Id, "file", file.Size, file.Created.ToUnixTimeSeconds(), file.Expires?.ToUnixTimeSeconds(), file.Name, file.Purpose, "processed");

    public static ProblemException Unknown(string id, string what = "file") => new(new Problem(404, $"no such {what}: {id}", "id") { Code = "not_found" });

    private static FileObject? ResultOf(BatchBook book, JobRecord job, string part)
    {
        if (job.Ended is not { } ended || File.Exists(DeletedMark(book, job, part)))
        {
            return null;
        }

        var counts = book.CountsOf(job);
        var (number, bytes) = part == Answers ? (counts.Completed, counts.AnswerBytes) : (counts.Failed, counts.ErrorBytes);
        return number == 0
            ? null
            : new FileObject(
                $"{Prefix}{job.Id}-{part}",
                "file",
                bytes,
                ended.ToUnixTimeSeconds(),
                null,
                $"{BatchesEndpoint.IdOf(job)}_{part}.jsonl",
                ResultPurpose,
                "processed"
            );
    }

    private static string DeletedMark(BatchBook book, JobRecord job, string part) => Path.Combine(book.FolderOf(job), part + ".deleted");

    private static async Task<(JobRecord Job, string Part)?> JobOfAsync(HttpCall call, string id) =>
        id.Split('-') is [_, { Length: IdLength } job, Answers or Errors] parts && id.StartsWith(Prefix, StringComparison.Ordinal)
            ? (await BatchesEndpoint.FindAsync(call, job, id).ConfigureAwait(false), parts[2])
            : null;

    private static async Task<UserFile> UploadedAsync(HttpCall call, string id)
    {
        try
        {
            return await call.Parts.Files.FindAsync(call.Caller, id, call.Aborted).ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            throw Unknown(id);
        }
    }
}
