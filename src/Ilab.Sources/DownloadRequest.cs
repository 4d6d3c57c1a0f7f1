namespace Ilab.Sources;

/// <summary>What a download job was asked for.</summary>
public sealed record DownloadRequest
{
    public required string Source { get; init; }

    /// <summary>Wanted name; null = from the source.</summary>
    public string? Name { get; init; }

    /// <summary><c>sha256:...</c> that the weights must have; null = not said.</summary>
    public string? ExpectedDigest { get; init; }

    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>Credential for the source.</summary>
    public string? Token { get; init; }
}
