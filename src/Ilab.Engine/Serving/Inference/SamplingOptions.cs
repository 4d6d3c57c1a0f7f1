using Ilab.Engine.Errors;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Sampling parameters. The defaults are those of the public API.</summary>
public sealed record SamplingOptions
{
    /// <summary>0 = greedy.</summary>
    public float Temperature { get; init; } = 1.0f;

    /// <summary>0 = off.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>1 = off.</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>0 = off.</summary>
    public float MinP { get; init; } = 0.05f;

    /// <summary>1 = off.</summary>
    public float RepeatPenalty { get; init; } = 1.0f;

    /// <summary>Window of the penalties in tokens.</summary>
    public int RepeatLastN { get; init; } = 64;

    /// <summary>Null = random; the seed in use is always reported.</summary>
    public ulong? Seed { get; init; }

    public float PresencePenalty { get; init; }

    public float FrequencyPenalty { get; init; }

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
        if (problems.Count > 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "sampling: " + string.Join("; ", problems));
        }
    }

    private static void Check(List<string> problems, string name, float value, float low, float high)
    {
        // Written so that NaN is rejected too.
        if (!(value >= low && value <= high))
        {
            problems.Add(FormattableString.Invariant($"{name} {value} is outside {low} to {high}"));
        }
    }
}
