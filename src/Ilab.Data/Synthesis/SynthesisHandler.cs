using System.Globalization;
using System.Text.Json;
using Ilab.Data.Datasets;
using Ilab.Data.Synthesis.Documents;
using Ilab.Data.Synthesis.Leaves;
using Ilab.Data.Synthesis.Output;
using Ilab.Data.Synthesis.Teachers;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;

namespace Ilab.Data.Synthesis;

/// <summary>
/// Jobs of kind <c>generate</c>: generate a dataset from qna.yaml files and documents. Every completion is durable before it is used; a job that is run again
/// produces the same samples and requests only missing completions.
/// </summary>
public sealed class SynthesisHandler(DatasetCatalog catalog, TeacherFactory teachers, EventBus events, TimeProvider time) : IJobHandler
{
    public const string JobKind = "generate";

    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(60);

    public string Kind => JobKind;

    public static string ToJson(SynthesisRequest request) => JsonSerializer.Serialize(request, SynthesisJson.Default.SynthesisRequest);

    /// <summary>Stores the inputs for the job.</summary>
    public static string Put(ContentStore content, SynthesisInputs inputs) =>
        content.Put(JsonSerializer.SerializeToUtf8Bytes(inputs, SynthesisJson.Default.SynthesisInputs)).ToString();

    public async Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.Deserialize(context.Job.Request, SynthesisJson.Default.SynthesisRequest)!;
        return (await GenerateAsync(context, request, cancellationToken).ConfigureAwait(false)).Name;
    }

    /// <summary>Nothing is outside the job's directory; the completions in it are kept, for another job to reuse.</summary>
    public Task DiscardAsync(JobContext context, CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<DatasetRecord> GenerateAsync(JobContext context, SynthesisRequest request, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(context.Folder);
        var inputs = await TakeInputsAsync(request, context.Folder, cancellationToken).ConfigureAwait(false);
        var pipelines = SynthesisPlanner.PipelinesOf(request, inputs);
        foreach (var pipeline in pipelines.ByKind.Values.Distinct())
        {
            pipeline.Warnings.ToList().ForEach(warning => context.Log("warning", warning));
        }

        var teacher = teachers.Create(request.Teacher, context.Job.Caller, context.Secrets.Read(request.Teacher.KeySecret) ?? "", context.Log);
        var concurrency = request.Concurrency > 0 ? request.Concurrency : await teacher.ConcurrencyAsync(cancellationToken).ConfigureAwait(false);
        var leaves = await new LeafReader(inputs, new Chunker(TeacherFactory.CounterOf(teacher), request.ChunkTokens, request.ChunkOverlap))
            .ReadAsync(cancellationToken)
            .ConfigureAwait(false);
        var run = new SynthesisRun(request, leaves, pipelines, context, time);
        var output = new DatasetOutput(catalog, request, pipelines, inputs, context.Job.Caller);
        await AskAsync(run, teacher, request, context, concurrency, output, cancellationToken).ConfigureAwait(false);
        if (run.Results.All(static result => result.Samples.Count == 0))
        {
            throw new EngineException(
                ErrorKind.Source,
                $"no samples generated: {Reasons(run)}",
                CutAnswer.Warning(run.Results) is null ? "try another teacher or pipeline; see 'ilab job logs' for details" : CutAnswer.Advice
            );
        }

        var dataset = await output.StoreAsync(run.Results, request.Name, request.Replace, cancellationToken).ConfigureAwait(false);
        events.Publish(
            "dataset",
            "generate",
            dataset.Digest.ToString(),
            dataset.Name,
            ("samples", dataset.Samples.ToString(CultureInfo.InvariantCulture)),
            ("job", context.Job.Id),
            EngineEvent.OwnedBy(context.Job.Uid)
        );
        return dataset;
    }

    private static string JournalIn(string folder) => Path.Combine(folder, "calls.jsonl");

    private static string Reasons(SynthesisRun run) =>
        string.Join(
            "; ",
            run.Results.SelectMany(static result => result.Rejected)
                .OrderByDescending(static reason => reason.Value)
                .Take(5)
                .Select(static reason => $"{reason.Key} ({reason.Value})")
        )
            is { Length: > 0 } reasons
            ? reasons
            : "the pipeline produced no samples";

    private async Task AskAsync(
        SynthesisRun run,
        ITeacher teacher,
        SynthesisRequest request,
        JobContext context,
        int concurrency,
        DatasetOutput output,
        CancellationToken cancellationToken
    )
    {
        var journal = OpenJournal(request, context);
        await using var open = journal.ConfigureAwait(false);
        var health = new TeacherHealth(request.Teacher.Name, TimeSpan.FromSeconds(request.Teacher.PatienceSeconds), teachers.Retries, time, context.Log);
        var rate = new RateLimit(request.Teacher.RequestsPerMinute, request.Teacher.TokensPerMinute, time);
        using var calls = new JournaledCalls(
            teacher,
            journal,
            health,
            rate,
            teachers.Retries,
            new CallOptions(concurrency, request.Seed, $"{request.Teacher.Url} {request.Teacher.Name} {request.Teacher.Digest}")
        );
        try
        {
            await run.RunAsync(teacher, calls, concurrency, cancellationToken).ConfigureAwait(false);
            if (CutAnswer.Warning(run.Results) is { } cut)
            {
                context.Log("warning", cut);
            }

            context.Log(
                "info",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{run.Results.Sum(static result => result.Samples.Count)} samples of {run.Results.Count} leaves; {calls.Calls} calls, {calls.Repeated} answers reused, {calls.TokensPerSecond:0.#} tokens/s"
                )
            );
        }
        catch (EngineException exception) when (run.Results.Any(static result => result.Samples.Count > 0))
        {
            throw await KeepPartAsync(run, request, context, output, exception).ConfigureAwait(false);
        }
    }

    private CallJournal OpenJournal(SynthesisRequest request, JobContext context)
    {
        var path = JournalIn(context.Folder);
        var earlier = JournalIn(
            Path.Combine(Path.GetDirectoryName(context.Folder.TrimEnd('/'))!, request.ContinueJob.Length > 0 ? request.ContinueJob : "none")
        );
        if (!File.Exists(path) && File.Exists(earlier))
        {
            AtomicFile.Write(path, File.ReadAllBytes(earlier));
        }

        var journal = CallJournal.Open(path);
        if (journal.Count > 0)
        {
            context.Log("info", $"resuming with {journal.Count} answers of an earlier run");
        }

        return journal;
    }

    /// <summary>Keeps the finished samples as a dataset of their own, which is useful whatever happens to the rest.</summary>
    private async Task<EngineException> KeepPartAsync(
        SynthesisRun run,
        SynthesisRequest request,
        JobContext context,
        DatasetOutput output,
        EngineException failure
    )
    {
        using var bounded = new CancellationTokenSource(CleanUp, time);
        var name = $"{ModelName.Parse(request.Name).Path}:partial-{context.Job.Id[..12]}";
        var dataset = await output.StoreAsync(run.Results, name, replace: true, bounded.Token).ConfigureAwait(false);
        context.Log("warning", $"{dataset.Samples} finished samples are kept in the dataset {dataset.Name}");
        return new EngineException(failure.Kind, $"{failure.Message} ({dataset.Samples} samples are kept in {dataset.Name})", failure.Hint, failure);
    }

    private async Task<SynthesisInputs> TakeInputsAsync(SynthesisRequest request, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "inputs.json");
        if (!File.Exists(path))
        {
            var digest = Digest.Parse(request.Inputs);
            using var lease = catalog.Leases.Acquire(digest, "a generation");
            AtomicFile.Write(
                path,
                catalog.Content.Contains(digest)
                    ? await File.ReadAllBytesAsync(catalog.Content.BlobPath(digest), cancellationToken).ConfigureAwait(false)
                    : throw new EngineException(ErrorKind.NotFound, "the inputs are no longer in the store", "start the generation again")
            );
        }

        return JsonSerializer.Deserialize(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), SynthesisJson.Default.SynthesisInputs)!;
    }
}
