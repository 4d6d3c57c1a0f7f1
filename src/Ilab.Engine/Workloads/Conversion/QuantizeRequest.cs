namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Request of a job of kind <c>quantize</c>.</summary>
public sealed record QuantizeRequest
{
    /// <summary>Digest of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Name as given by the user.</summary>
    public string ModelName { get; set; } = "";

    public required string Type { get; init; }

    public string? Name { get; init; }

    /// <summary>Absolute path of an importance matrix.</summary>
    public string? ImportanceMatrix { get; init; }

    /// <summary>Absolute path of a text file on which perplexity is measured before and after.</summary>
    public string? Evaluate { get; init; }

    /// <summary>Chunk size in tokens.</summary>
    public int EvaluateContext { get; set; } = 512;

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();
}
