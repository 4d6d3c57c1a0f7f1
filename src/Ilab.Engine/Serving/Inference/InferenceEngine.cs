using System.Security.Cryptography;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Inference: resolves the model, has it loaded, passes the request to its runner and relays the output.</summary>
public sealed partial class InferenceEngine : IAsyncDisposable
{
    private readonly IModelProvider _models;
    private readonly Scheduler _scheduler;
    private readonly RunnerSupervisor _supervisor;
    private readonly BundleStore _bundles;
    private readonly EngineOptions _options;
    private readonly ILogger<InferenceEngine> _log;
    private readonly GenerationDirectory _directory = new();

    public InferenceEngine(
        IModelProvider models,
        Scheduler scheduler,
        RunnerSupervisor supervisor,
        BundleStore bundles,
        EngineOptions options,
        ILogger<InferenceEngine> log
    )
    {
        _models = models;
        _scheduler = scheduler;
        _supervisor = supervisor;
        _bundles = bundles;
        _options = options;
        _log = log;
    }

    /// <summary>The models with a live runner.</summary>
    public IReadOnlyList<LoadedModel> Loaded => _scheduler.Loaded;

    /// <summary>Disconnects from all runners and leaves them running for the next service.</summary>
    public async ValueTask DisposeAsync()
    {
        await _scheduler.DisposeAsync().ConfigureAwait(false);
        await _supervisor.DisposeAsync().ConfigureAwait(false);
    }

    private static string NewGenerationId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private static ulong NewSeed() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));

    private static void Validate(GenerationRequest request)
    {
        if (new object?[] { request.Prompt, request.PromptTokens, request.Conversation }.Count(static input => input is not null) != 1)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "a request needs either a prompt or a conversation");
        }

        if (request.Conversation is { Messages.Count: 0 })
        {
            throw new EngineException(ErrorKind.InvalidArgument, "the conversation has no messages");
        }

        if (request.MaxTokens < 0 || request.UsualMaxTokens < 0 || request.Logprobs < 0 || request.Load.ContextLength < 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "token counts cannot be negative");
        }

        if (request.GenerationId.Length > 64 || !request.GenerationId.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new EngineException(ErrorKind.InvalidArgument, "a generation id consists of up to 64 letters, digits, '-' and '_'");
        }

        request.Sampling.Validate();
    }
}
