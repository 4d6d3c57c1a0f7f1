namespace Ilab.Sources;

/// <summary>Request of a job of kind <c>download</c>.</summary>
public sealed record DownloadRequest
{
    public required string Source { get; init; }

    /// <summary>Name of the model; null = derived from the source.</summary>
    public string? Name { get; init; }

    /// <summary>Expected digest of the weights, <c>sha256:...</c>; null = unspecified.</summary>
    public string? ExpectedDigest { get; init; }

    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>Token for the source.</summary>
    public string? Token { get; init; }
}
