using System.Text.Json.Serialization;

namespace Ilab.Engine.Store.Catalog;

/// <summary>What a model answers with unless a request says otherwise; a layer of its manifest.</summary>
public sealed record ModelSettings
{
    /// <summary>System text of conversations that have none; null = none.</summary>
    public string? System { get; init; }

    /// <summary>A Go template, as it was written. Kept for other programs: what is rendered is the template of the weights.</summary>
    public string? Template { get; init; }

    public ModelParameters Parameters { get; set; } = new();

    /// <summary>First turns of every conversation.</summary>
    public IReadOnlyList<ModelTurn> Messages { get; set; } = [];

    [JsonIgnore]
    public bool IsEmpty => System is null && Template is null && Messages.Count == 0 && Parameters.IsEmpty;

    /// <summary>These settings where they say something, those of <paramref name="other"/> elsewhere.</summary>
    public ModelSettings Over(ModelSettings? other) =>
        other is null
            ? this
            : new ModelSettings
            {
                System = System ?? other.System,
                Template = Template ?? other.Template,
                Messages = Messages.Count > 0 ? Messages : other.Messages,
                Parameters = Parameters.Over(other.Parameters),
            };
}

/// <summary>A turn of a conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
public sealed record ModelTurn(string Role, string Content);

/// <summary>Default sampling and limits of a model; null = the service's default.</summary>
public sealed record ModelParameters
{
    public float? Temperature { get; init; }

    public int? TopK { get; init; }

    public float? TopP { get; init; }

    public float? MinP { get; init; }

    public float? RepeatPenalty { get; init; }

    /// <summary>Tokens; -1 = the context length.</summary>
    public int? RepeatLastN { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    public ulong? Seed { get; init; }

    /// <summary>Tokens, when the model has to be loaded.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Maximum tokens to generate; 0 = until the model stops or the context is full.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Stop strings; null = none.</summary>
    public IReadOnlyList<string>? Stop { get; init; }

    [JsonIgnore]
    public bool IsEmpty => this == new ModelParameters();

    /// <summary>These parameters where they say something, those of <paramref name="other"/> elsewhere.</summary>
    public ModelParameters Over(ModelParameters other) =>
        new()
        {
            Temperature = Temperature ?? other.Temperature,
            TopK = TopK ?? other.TopK,
            TopP = TopP ?? other.TopP,
            MinP = MinP ?? other.MinP,
            RepeatPenalty = RepeatPenalty ?? other.RepeatPenalty,
            RepeatLastN = RepeatLastN ?? other.RepeatLastN,
            PresencePenalty = PresencePenalty ?? other.PresencePenalty,
            FrequencyPenalty = FrequencyPenalty ?? other.FrequencyPenalty,
            Seed = Seed ?? other.Seed,
            ContextLength = ContextLength ?? other.ContextLength,
            MaxTokens = MaxTokens ?? other.MaxTokens,
            Stop = Stop ?? other.Stop,
        };
}
