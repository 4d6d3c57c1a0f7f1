using Ilab.Engine.Serving.Models;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Applies the settings of a model to requests: what a request says itself always counts.</summary>
internal static class ModelDefaults
{
    private static readonly string[] Instructions = ["system", "developer"];

    public static LoadSettings Apply(LoadSettings load, ModelSettings? settings) =>
        load.ContextLength == 0 && settings?.Parameters.ContextLength is { } length ? load with { ContextLength = length } : load;

    /// <param name="contextLength">Of the loaded model, in tokens.</param>
    public static GenerationRequest Apply(GenerationRequest request, ModelSettings? settings, int contextLength)
    {
        var parameters = settings?.Parameters ?? new ModelParameters();
        return request with
        {
            Conversation = request.Conversation is { } conversation ? Apply(conversation, settings) : null,
            Sampling = request.Sampling.Over(SamplingOf(parameters, contextLength)).Over(request.UsualSampling),
            MaxTokens = request.MaxTokens ?? parameters.MaxTokens ?? request.UsualMaxTokens,
            Stop = request.Stop.Count > 0 ? request.Stop : parameters.Stop ?? [],
        };
    }

    /// <summary>First the instructions, those of the conversation or else the model's; then the model's first turns; then what was said.</summary>
    public static Conversation Apply(Conversation conversation, ModelSettings? settings)
    {
        if (settings is null || conversation.Before.Count > 0)
        {
            return conversation;
        }

        var messages = conversation.Messages;
        var own = messages.TakeWhile(static message => Instructions.Contains(message.Role)).ToArray();
        var turns = settings.Messages.Select(static turn => new ChatMessage(turn.Role, turn.Content)).ToArray();
        var hasInstructions = messages.Concat(turns).Any(static message => Instructions.Contains(message.Role));
        ChatMessage[] system = !hasInstructions && settings.System is { Length: > 0 } text ? [new ChatMessage(Instructions[0], text)] : [];
        return conversation with
        {
            Messages = [.. system, .. own, .. turns, .. messages.Skip(own.Length)],
            KeepFirst = system.Length + own.Length + turns.Length,
        };
    }

    private static SamplingOptions SamplingOf(ModelParameters parameters, int contextLength) =>
        new()
        {
            Temperature = parameters.Temperature,
            TopK = parameters.TopK,
            TopP = parameters.TopP,
            MinP = parameters.MinP,
            RepeatPenalty = parameters.RepeatPenalty,
            RepeatLastN = parameters.RepeatLastN < 0 ? contextLength : parameters.RepeatLastN,
            PresencePenalty = parameters.PresencePenalty,
            FrequencyPenalty = parameters.FrequencyPenalty,
            Seed = parameters.Seed,
        };
}
