using Grpc.Core;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;
using Wire = Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Inference;

public sealed partial class InferenceEngine
{
    /// <summary>Tokenizes a text with the model's tokenizer. Loads the model if needed.</summary>
    public Task<TokenizedText> TokenizeAsync(
        ModelSelection model,
        string text,
        bool addSpecial,
        bool parseSpecial,
        LoadSettings settings,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            model,
            settings,
            async (lease, _) =>
            {
                var request = new Wire.TokenizeRequest
                {
                    Text = text,
                    AddSpecial = addSpecial,
                    ParseSpecial = parseSpecial,
                };
                var answer = await lease.Runner.Client!.TokenizeAsync(request, cancellationToken).ConfigureAwait(false);
                return new TokenizedText([.. answer.Tokens], [.. answer.Pieces.Select(static p => p.Memory)]);
            },
            cancellationToken
        );

    /// <summary>The bytes that tokens stand for, special ones included. Loads the model if needed.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: the model has no such token.</exception>
    public Task<ReadOnlyMemory<byte>> DetokenizeAsync(
        ModelSelection model,
        IReadOnlyList<int> tokens,
        LoadSettings settings,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            model,
            settings,
            async (lease, _) =>
            {
                var request = new Wire.DetokenizeRequest { Tokens = { tokens } };
                var answer = await lease.Runner.Client!.DetokenizeAsync(request, cancellationToken).ConfigureAwait(false);
                return answer.Error.Length > 0
                    ? throw new EngineException(ErrorKindNames.Parse(answer.ErrorKind) ?? ErrorKind.Internal, answer.Error)
                    : answer.Text.Memory;
            },
            cancellationToken
        );

    /// <summary>The prompt that a model is given for a conversation. Loads the model if needed.</summary>
    /// <param name="isAnswered">Whether the prompt ends with the beginning of an answer.</param>
    /// <param name="isTokenized">Whether to tokenize it, too.</param>
    public Task<RenderedPrompt> RenderAsync(
        ModelSelection model,
        Conversation conversation,
        bool isAnswered,
        bool isTokenized,
        LoadSettings settings,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            model,
            settings,
            async (lease, serving) =>
            {
                var request = new Wire.RenderRequest
                {
                    Conversation = WireMapping.ToWire(ModelDefaults.Apply(conversation, serving.Settings)),
                    NoGenerationPrompt = !isAnswered,
                    Tokens = isTokenized,
                    Adapter = lease.Adapters.FirstOrDefault(""),
                };
                var answer = await lease.Runner.Client!.RenderAsync(request, cancellationToken).ConfigureAwait(false);
                return answer.Error.Length > 0
                    ? throw new EngineException(ErrorKindNames.Parse(answer.ErrorKind) ?? ErrorKind.Internal, answer.Error)
                    : new RenderedPrompt(
                        answer.Text,
                        answer.Template,
                        answer.Warning,
                        new TokenizedText([.. answer.Tokens], [.. answer.Pieces.Select(static p => p.Memory)])
                    );
            },
            cancellationToken
        );

    /// <summary>Asks the runner of a model something that it answers at once.</summary>
    /// <exception cref="EngineException">RUNNER_LOST: it did not answer; whatever loading the model may throw.</exception>
    private async Task<T> AskAsync<T>(
        ModelSelection model,
        LoadSettings settings,
        Func<RunnerLease, ServingModel, Task<T>> ask,
        CancellationToken cancellationToken
    )
    {
        var serving = await _models.OpenAsync(model, cancellationToken).ConfigureAwait(false);
        using var lease = await _scheduler
            .AcquireAsync(serving, ModelDefaults.Apply(settings, serving.Settings), _ => { }, cancellationToken)
            .ConfigureAwait(false);
        try
        {
            return await ask(lease, serving).ConfigureAwait(false);
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EngineException(ErrorKind.RunnerLost, $"the runner of {lease.Model.Name} did not respond: {e.Status.Detail}", "try again", e);
        }
    }
}
