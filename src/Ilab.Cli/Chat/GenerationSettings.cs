using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;

namespace Ilab.Cli.Chat;

/// <summary>Generation settings. The service supplies the default of a null: see proto/ilab/v1/inference.proto.</summary>
public sealed class GenerationSettings
{
    public float? Temperature { get; set; }

    public uint? TopK { get; set; }

    public float? TopP { get; set; }

    public float? MinP { get; set; }

    public float? RepeatPenalty { get; set; }

    public uint? RepeatLastN { get; set; }

    public float? PresencePenalty { get; set; }

    public float? FrequencyPenalty { get; set; }

    public ulong? Seed { get; set; }

    /// <summary>Maximum tokens to generate; 0 = unlimited; null = the model's default, else <see cref="UsualMaxTokens"/>.</summary>
    public uint? MaxTokens { get; set; }

    /// <summary>Maximum tokens to generate if neither the user nor the model says; 0 = unlimited.</summary>
    public uint UsualMaxTokens { get; set; }

    /// <summary>Stop sequences.</summary>
    public IReadOnlyList<string> Stop { get; set; } = [];

    /// <summary>Context size in tokens, used when the model is loaded.</summary>
    public uint? ContextLength { get; set; }

    /// <summary>Where to load the model: <c>auto</c>, <c>cpu</c>, <c>cuda0</c>, ...; null = the service's default.</summary>
    public string? Device { get; set; }

    /// <summary>Layers on the GPU, the rest on the CPU; -1 = as many as fit; null = all.</summary>
    public int? GpuLayers { get; set; }

    /// <summary>How long the model stays loaded when idle; negative = forever.</summary>
    public TimeSpan? KeepAlive { get; set; }

    /// <summary>Who goes first when requests wait for the model; null = interactive.</summary>
    public GenerationPriority? Priority { get; set; }

    public GenerationSettings Copy() => (GenerationSettings)MemberwiseClone();

    /// <summary>A request with these settings and a new generation id; the caller adds the input.</summary>
    public GenerateRequest ToRequest(ModelSelector model)
    {
        var request = new GenerateRequest
        {
            Model = model,
            Sampling = ToSampling(),
            MaxTokens = MaxTokens ?? 0,
            UnlimitedTokens = MaxTokens == 0,
            UsualMaxTokens = UsualMaxTokens,
            ContextLength = ContextLength ?? 0,
            Priority = Priority ?? GenerationPriority.Interactive,
            GenerationId = Guid.NewGuid().ToString("N"),
        };
        request.Stop.AddRange(Stop);
        request.Device = Device ?? "";
        if (GpuLayers is { } layers)
            request.GpuLayers = layers;
        if (KeepAlive is { } keepAlive)
            request.KeepAlive = Duration.FromTimeSpan(keepAlive);
        return request;
    }

    /// <summary>Writes where the model is to be loaded into a request.</summary>
    public void Place(LoadModelRequest request)
    {
        request.Device = Device ?? "";
        if (GpuLayers is { } layers)
            request.GpuLayers = layers;
    }

    private Sampling ToSampling()
    {
        // Setting an optional field marks it as present, so nulls are skipped.
        var sampling = new Sampling();
        if (Temperature is { } temperature)
            sampling.Temperature = temperature;
        if (TopK is { } topK)
            sampling.TopK = topK;
        if (TopP is { } topP)
            sampling.TopP = topP;
        if (MinP is { } minP)
            sampling.MinP = minP;
        if (RepeatPenalty is { } repeatPenalty)
            sampling.RepeatPenalty = repeatPenalty;
        if (RepeatLastN is { } repeatLastN)
            sampling.RepeatLastN = repeatLastN;
        if (PresencePenalty is { } presencePenalty)
            sampling.PresencePenalty = presencePenalty;
        if (FrequencyPenalty is { } frequencyPenalty)
            sampling.FrequencyPenalty = frequencyPenalty;
        if (Seed is { } seed)
            sampling.Seed = seed;
        return sampling;
    }
}
