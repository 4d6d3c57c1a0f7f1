using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Inference;

/// <summary>Maps messages to engine records. Absent fields stay absent: the model may have defaults of its own.</summary>
internal static class RequestMapping
{
    public static GenerationRequest Generation(GenerateRequest request, ModelSelection model) =>
        new()
        {
            Model = model,
            Prompt = request.InputCase == GenerateRequest.InputOneofCase.Prompt ? request.Prompt : null,
            PromptTokens = request.TokenPrompt?.Tokens,
            Conversation = request.Conversation is { } conversation ? Conversation(conversation) : null,
            Sampling = Sampling(request.Sampling),
            MaxTokens = request.MaxTokens > 0 || request.UnlimitedTokens ? Clamp(request.MaxTokens) : null,
            UsualMaxTokens = Clamp(request.UsualMaxTokens),
            Stop = request.Stop,
            Logprobs = Clamp(request.Logprobs),
            EchoLogprobs = request.EchoLogprobs,
            Priority = Priority(request.Priority),
            Load = Load(request.KeepAlive, request.ContextLength) with
            {
                Device = Device(request.Device),
                GpuLayers = request.HasGpuLayers ? Layers(request.GpuLayers) : null,
            },
            GenerationId = request.GenerationId,
        };

    private static Engine.Serving.Inference.GenerationPriority Priority(Api.V1.GenerationPriority priority) =>
        System.Enum.IsDefined(priority)
            ? (Engine.Serving.Inference.GenerationPriority)(int)priority
            : throw new EngineException(ErrorKind.InvalidArgument, $"unknown priority: {(int)priority}");

    public static Engine.Serving.Inference.Conversation Conversation(Api.V1.Conversation conversation) =>
        new()
        {
            Messages = [.. conversation.Messages.Select(static m => new Engine.Serving.Inference.ChatMessage(m.Role, m.Content, m.Fields))],
            Tools = conversation.Tools,
            Documents = conversation.Documents,
            Variables = conversation.Variables,
            ContinueLast = conversation.ContinueLast,
            DropOldest = conversation.DropOldest,
        };

    public static EmbeddingRequest Embedding(EmbedRequest request, ModelSelection model) =>
        new()
        {
            Model = model,
            Inputs = [.. request.Inputs.Select(static input => new EmbeddingInput(input.Text, input.Tokens, input.Document))],
            Pooling = request.Pooling switch
            {
                Pooling.Unspecified => EmbeddingPooling.OfModel,
                Pooling.Mean => EmbeddingPooling.Mean,
                Pooling.First => EmbeddingPooling.First,
                Pooling.Last => EmbeddingPooling.Last,
                Pooling.None => EmbeddingPooling.None,
                Pooling.Rank => EmbeddingPooling.Rank,
                _ => throw new EngineException(ErrorKind.InvalidArgument, $"unknown pooling {request.Pooling}"),
            },
            IsRaw = request.Raw,
            Dimensions = Clamp(request.Dimensions),
            Truncates = request.Truncate,
            Load = Load(request.KeepAlive, request.ContextLength) with
            {
                Device = Device(request.Device),
                GpuLayers = request.HasGpuLayers ? Layers(request.GpuLayers) : null,
            },
        };

    public static LoadSettings Load(LoadModelRequest request) =>
        Load(request.KeepAlive, request.ContextLength) with
        {
            Device = Device(request.Device),
            GpuLayers = request.HasGpuLayers ? Layers(request.GpuLayers) : null,
            IsPinned = request.HasPin ? request.Pin : null,
            Draft = request.Draft,
        };

    private static string Device(string device) => device.ToLowerInvariant();

    private static int Layers(int layers) =>
        layers is 0 or < LoadSettings.AsManyAsFit
            ? throw new EngineException(
                ErrorKind.InvalidArgument,
                $"invalid number of GPU layers: {layers}",
                "use 1 or more, -1 for as many as fit, or --device cpu for none"
            )
            : layers;

    private static LoadSettings Load(Duration? keepAlive, uint contextLength) =>
        new() { KeepAlive = keepAlive is null ? null : Span(keepAlive), ContextLength = Clamp(contextLength) };

    private static SamplingOptions Sampling(Sampling? sampling) =>
        sampling is null
            ? new SamplingOptions()
            : new SamplingOptions
            {
                Temperature = sampling.HasTemperature ? sampling.Temperature : null,
                TopK = sampling.HasTopK ? Clamp(sampling.TopK) : null,
                TopP = sampling.HasTopP ? sampling.TopP : null,
                MinP = sampling.HasMinP ? sampling.MinP : null,
                RepeatPenalty = sampling.HasRepeatPenalty ? sampling.RepeatPenalty : null,
                RepeatLastN = sampling.HasRepeatLastN ? Clamp(sampling.RepeatLastN) : null,
                Seed = sampling.HasSeed ? sampling.Seed : null,
                PresencePenalty = sampling.HasPresencePenalty ? sampling.PresencePenalty : null,
                FrequencyPenalty = sampling.HasFrequencyPenalty ? sampling.FrequencyPenalty : null,
                LogitBias = sampling.LogitBias.Count > 0 ? sampling.LogitBias : null,
            };

    // A duration that exceeds the representable range means forever.
    private static TimeSpan Span(Duration duration) =>
        Math.Abs((double)duration.Seconds) < TimeSpan.MaxValue.TotalSeconds / 2
            ? TimeSpan.FromSeconds(duration.Seconds) + TimeSpan.FromMicroseconds(duration.Nanos / 1000)
            : Timeout.InfiniteTimeSpan;

    private static int Clamp(uint value) => (int)Math.Min(value, int.MaxValue);
}
