using Ilab.Engine.Errors;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Sampling parameters as a request has them; null = the model's default, else that of the public API (<see cref="Usual"/>).</summary>
public sealed record SamplingOptions
{
    /// <summary>The defaults of the public API; the seed is random.</summary>
    public static SamplingOptions Usual { get; } =
        new()
        {
            Temperature = 1.0f,
            TopK = 40,
            TopP = 0.95f,
            MinP = 0.05f,
            RepeatPenalty = 1.0f,
            RepeatLastN = 64,
            PresencePenalty = 0,
            FrequencyPenalty = 0,
        };

    /// <summary>0 = greedy.</summary>
    public float? Temperature { get; init; }

    /// <summary>0 = off.</summary>
    public int? TopK { get; init; }

    /// <summary>1 = off.</summary>
    public float? TopP { get; init; }

    /// <summary>0 = off.</summary>
    public float? MinP { get; init; }

    /// <summary>1 = off.</summary>
    public float? RepeatPenalty { get; init; }

    /// <summary>Window of the penalties in tokens.</summary>
    public int? RepeatLastN { get; init; }

    /// <summary>Null = random; the seed in use is always reported.</summary>
    public ulong? Seed { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of tokens, by id; null = nothing.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Throws <see cref="ErrorKind.InvalidArgument"/> listing all values out of range.</summary>
    public void Validate()
    {
        var problems = new List<string>();
        Check(problems, "temperature", Temperature, 0, 100);
        Check(problems, "top_p", TopP, 0, 1);
        Check(problems, "min_p", MinP, 0, 1);
        Check(problems, "repeat_penalty", RepeatPenalty, 0.01f, 100);
        Check(problems, "presence_penalty", PresencePenalty, -100, 100);
        Check(problems, "frequency_penalty", FrequencyPenalty, -100, 100);
        Check(problems, "top_k", TopK, 0, int.MaxValue);
        Check(problems, "repeat_last_n", RepeatLastN, 0, int.MaxValue);
        foreach (var bias in (LogitBias ?? new Dictionary<int, float>()).Values)
        {
            Check(problems, "logit_bias", bias, -100, 100);
        }

        if (problems.Count > 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "sampling: " + string.Join("; ", problems));
        }
    }

    /// <summary>These parameters where they are set, those of <paramref name="other"/> elsewhere.</summary>
    public SamplingOptions Over(SamplingOptions other) =>
        new()
        {
            Temperature = Temperature ?? other.Temperature,
            TopK = TopK ?? other.TopK,
            TopP = TopP ?? other.TopP,
            MinP = MinP ?? other.MinP,
            RepeatPenalty = RepeatPenalty ?? other.RepeatPenalty,
            RepeatLastN = RepeatLastN ?? other.RepeatLastN,
            Seed = Seed ?? other.Seed,
            PresencePenalty = PresencePenalty ?? other.PresencePenalty,
            FrequencyPenalty = FrequencyPenalty ?? other.FrequencyPenalty,
            LogitBias = LogitBias ?? other.LogitBias,
        };

    private static void Check(List<string> problems, string name, float? set, float low, float high)
    {
        // Written so that NaN is rejected too.
        if (set is { } value && !(value >= low && value <= high))
        {
            problems.Add(FormattableString.Invariant($"{name} {value} is outside {low} to {high}"));
        }
    }
}
