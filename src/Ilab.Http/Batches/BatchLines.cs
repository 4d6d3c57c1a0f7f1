using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Store.Responses;
using Ilab.Engine.Workloads.Batches;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.OpenAi;
using Ilab.Http.Responses;

namespace Ilab.Http.Batches;

/// <summary>Answers the lines of a batch as their endpoints answer requests.</summary>
public sealed class BatchLines(InferenceEngine engine, ResponseStore responses, IJobRights rights, TimeProvider time) : IBatchLines
{
    private const int UsualParallel = 8;

    public BatchProblem? Check(BatchRequest request, BatchLine line, ISet<string> ids)
    {
        try
        {
            var read = LineReader.Read(request, line.Bytes);
            return read.Id is { } id && !ids.Add(id)
                ? new BatchProblem(line.Number, "duplicate_custom_id", $"another line has the custom_id {id}", "custom_id")
                : null;
        }
        catch (LineException exception)
        {
            return new BatchProblem(line.Number, exception.Code, exception.Message, exception.Field);
        }
    }

    /// <summary>
    /// As many as the model answers together, and half as many that wait: a free place is taken at once. No more than the user may ask at a time.
    /// </summary>
    /// <exception cref="EngineException">PERMISSION_DENIED: the user may not ask models any more.</exception>
    public async Task<int> ConcurrencyAsync(BatchRequest request, BatchLine first, Caller caller, CancellationToken cancellationToken)
    {
        var (parallel, user) = (UsualParallel, rights.Of(caller));
        user.RequireRun();
        try
        {
            var settings = new LoadSettings { Owner = await user.ShareAsync(cancellationToken).ConfigureAwait(false) };
            var model = new ModelNames(user.Caller).Select(LineReader.Fields(LineReader.Read(request, first.Bytes).Body).RequiredText("model"));
            await foreach (var progress in engine.LoadAsync(model, settings, cancellationToken).ConfigureAwait(false))
            {
                parallel = progress.Model?.Parallel is > 0 and var said ? said : parallel;
            }
        }
        catch (Exception exception) when (exception is EngineException or ProblemException)
        {
            // The line's own result says what is wrong with its model.
        }

        return Math.Clamp(parallel + (parallel / 2), 1, Math.Max(1, user.MostRequests ?? int.MaxValue));
    }

    public async Task<BatchResult> AnswerAsync(BatchRequest request, BatchLine line, Caller caller, CancellationToken cancellationToken)
    {
        var (read, user) = (LineReader.Read(request, line.Bytes), rights.Of(caller));
        var scope = new AnswerScope
        {
            Id = Guid.NewGuid().ToString("N"),
            Caller = user.Caller,
            Inference = engine,
            Time = time,
            Priority = GenerationPriority.Batch,
            ShareAsync = async stop => await user.ShareAsync(stop).ConfigureAwait(false),
            Aborted = cancellationToken,
        };
        try
        {
            user.RequireRun();
            using var counted = user.BeginRequest();
            return LineResult.Answer(read, scope.Id, await BodyAsync(scope, read).ConfigureAwait(false));
        }
        catch (EngineException exception) when (exception.Kind is not ErrorKind.Cancelled && !Passes(exception.Kind))
        {
            return LineResult.Error(read, scope.Id, ErrorMapping.Of(exception));
        }
        catch (ProblemException exception)
        {
            return LineResult.Error(read, scope.Id, exception.Problem);
        }
    }

    public BatchResult Abandon(BatchRequest request, BatchLine line, EngineException reason) =>
        LineResult.Error(LineReader.Read(request, line.Bytes), Guid.NewGuid().ToString("N"), ErrorMapping.Of(reason));

    /// <summary>What is not the line's fault, and may be otherwise later: other requests of the user end, and so do those of others.</summary>
    private static bool Passes(ErrorKind kind) =>
        kind is ErrorKind.RunnerLost or ErrorKind.Busy or ErrorKind.QueueFull or ErrorKind.TimedOut or ErrorKind.DoesNotFit or ErrorKind.QuotaExceeded;

    private async Task<ReadOnlyMemory<byte>> BodyAsync(AnswerScope scope, LineRequest line)
    {
        var body = LineReader.Fields(line.Body);
        body.Refuse("stream", "answers of a batch come whole", "false");
        if (line.Endpoint == LineReader.Embeddings)
        {
            return await EmbeddingEndpoint.AnswerAsync(scope, body).ConfigureAwait(false);
        }

        var models = new ModelNames(scope.Caller);
        if (line.Endpoint == LineReader.Responses)
        {
            return await CreateEndpoint.WholeAsync(scope, responses, ResponseRequest.Read(body, models)).ConfigureAwait(false);
        }

        IAnswerRequest request = line.Endpoint == LineReader.Chat ? ChatRequest.Read(body, models) : CompletionRequest.Read(body, models);
        return line.IsPlain && request.Generations.Count > 1
            ? throw ProblemException.Invalid("several choices need a line with custom_id, url and body", "n")
            : await AnswerEndpoint.WholeAsync(scope, request).ConfigureAwait(false);
    }
}
