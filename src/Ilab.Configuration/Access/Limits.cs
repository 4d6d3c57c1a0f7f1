namespace Ilab.Configuration.Access;

/// <summary>Quotas of one user; null = unlimited.</summary>
public sealed record Limits
{
    /// <summary>Bytes of the blobs that the user's names refer to.</summary>
    public long? Disk { get; init; }

    /// <summary>Requests to models at the same time.</summary>
    public int? Requests { get; init; }

    /// <summary>Jobs that have not ended.</summary>
    public int? Jobs { get; init; }

    /// <summary>Share of a device's memory for models that the user loads and jobs of the user: above 0, at most 1.</summary>
    public double? Memory { get; init; }

    /// <summary>HTTP requests per minute, of each token.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens of HTTP requests and their answers per minute, of each token.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>These limits, with those of <paramref name="other"/> in place of the ones that it sets.</summary>
    public Limits With(Limits other) =>
        new()
        {
            Disk = other.Disk ?? Disk,
            Requests = other.Requests ?? Requests,
            Jobs = other.Jobs ?? Jobs,
            Memory = other.Memory ?? Memory,
            RequestsPerMinute = other.RequestsPerMinute ?? RequestsPerMinute,
            TokensPerMinute = other.TokensPerMinute ?? TokensPerMinute,
        };
}
