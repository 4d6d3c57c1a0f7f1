namespace Ilab.Client.Connections;

/// <summary>What a client shows to a service over TCP, and whom it trusts. Paths of files; null = none.</summary>
/// <param name="Authorities">Certificate authorities of the service (PEM), instead of the system's.</param>
/// <param name="Certificate">Client certificate with its chain (PEM).</param>
/// <param name="Key">Its key (PEM); null = in the same file.</param>
/// <param name="TokenFile">File with a token that <c>ilab token create</c> made.</param>
public sealed record ConnectionSecurity(string? Authorities = null, string? Certificate = null, string? Key = null, string? TokenFile = null)
{
    public static ConnectionSecurity None { get; } = new();

    /// <summary>Whether it says anything that only TLS has.</summary>
    public bool UsesTls => Authorities is not null || Certificate is not null || Key is not null;

    /// <summary>This, and what it leaves open from another one.</summary>
    public ConnectionSecurity Or(ConnectionSecurity other) =>
        new(Authorities ?? other.Authorities, Certificate ?? other.Certificate, Certificate is null ? Key ?? other.Key : Key, TokenFile ?? other.TokenFile);
}
