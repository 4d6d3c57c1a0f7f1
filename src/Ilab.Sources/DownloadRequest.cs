using System.Text.Json.Serialization;

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

    /// <summary>Name of the secret with the token for the source; null = the one that was given to the job, if any.</summary>
    public string? TokenSecret { get; init; }

    /// <summary>Token for the source; never part of the stored request.</summary>
    [JsonIgnore]
    public string? Token { get; init; }

    /// <summary>Without the token: records are printed into logs.</summary>
    public override string ToString() => $"download {Source}";
}
