namespace Ilab.Engine.Workloads.Conversion;

/// <summary>What a job of kind <c>quantize</c> is asked for.</summary>
public sealed record QuantizeRequest
{
    /// <summary>By digest.</summary>
    public required string Model { get; init; }

    /// <summary>As it was called.</summary>
    public string ModelName { get; set; } = "";

    public required string Type { get; init; }

    public string? Name { get; init; }

    /// <summary>Absolute path of an importance matrix.</summary>
    public string? ImportanceMatrix { get; init; }

    /// <summary>Absolute path of a text to measure the perplexity on, before and after.</summary>
    public string? Evaluate { get; init; }

    /// <summary>Tokens of a chunk of that text.</summary>
    public int EvaluateContext { get; set; } = 512;

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();
}
