using Ilab.Engine.Access;
using Ilab.Engine.Errors;
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
public sealed class BatchLines(InferenceEngine engine, ResponseStore responses, TimeProvider time) : IBatchLines
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

    /// <summary>As many as the model answers together, and half as many that wait: a free place is taken at once.</summary>
    public async Task<int> ConcurrencyAsync(BatchRequest request, BatchLine first, Caller caller, CancellationToken cancellationToken)
    {
        var parallel = UsualParallel;
        try
        {
            var model = new ModelNames(caller).Select(LineReader.Fields(LineReader.Read(request, first.Bytes).Body).RequiredText("model"));
            await foreach (var progress in engine.LoadAsync(model, new LoadSettings(), cancellationToken).ConfigureAwait(false))
            {
                parallel = progress.Model?.Parallel is > 0 and var said ? said : parallel;
            }
        }
        catch (Exception exception) when (exception is EngineException or ProblemException)
        {
            // The line's own result says what is wrong with its model.
        }

        return parallel + Math.Max(1, parallel / 2);
    }

    public async Task<BatchResult> AnswerAsync(BatchRequest request, BatchLine line, Caller caller, CancellationToken cancellationToken)
    {
        var read = LineReader.Read(request, line.Bytes);
        var scope = new AnswerScope
        {
            Id = Guid.NewGuid().ToString("N"),
            Caller = caller,
            Inference = engine,
            Time = time,
            Priority = GenerationPriority.Batch,
            Aborted = cancellationToken,
        };
        try
        {
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

    /// <summary>What is not the line's fault, and may be otherwise later.</summary>
    private static bool Passes(ErrorKind kind) =>
        kind is ErrorKind.RunnerLost or ErrorKind.Busy or ErrorKind.QueueFull or ErrorKind.TimedOut or ErrorKind.DoesNotFit;

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
