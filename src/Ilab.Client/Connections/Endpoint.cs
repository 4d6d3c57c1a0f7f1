using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Client.Connections;

/// <summary>Transports to a service.</summary>
public enum EndpointScheme
{
    Unix,
    Ssh,
    Tcp,

    /// <summary>TCP with TLS.</summary>
    Https,
}

/// <summary>
/// Address of a service: <c>unix:///path</c>, <c>ssh://[user@]host[:port][/path of the socket]</c>, <c>tcp://host:port</c> or, with TLS,
/// <c>https://host:port</c>.
/// </summary>
public sealed record Endpoint(EndpointScheme Scheme, string Path, string Host = "", int Port = 0, string User = "", string? Identity = null)
{
    /// <summary>True for the per-user socket: the client may start its service.</summary>
    public bool MayAutostart { get; init; }

    /// <summary>What is shown to a service over TCP, and who is trusted.</summary>
    public ConnectionSecurity Security { get; init; } = ConnectionSecurity.None;

    /// <exception cref="IlabException">INVALID_ARGUMENT.</exception>
    public static Endpoint Parse(string url, string? identity = null, ConnectionSecurity? security = null)
    {
        if (url.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = url["unix:".Length..];
            path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
            return path.StartsWith('/')
                ? new Endpoint(EndpointScheme.Unix, Uri.UnescapeDataString(path))
                : throw Invalid(url, "the socket path must be absolute");
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw Invalid(url, "expected unix:///path, ssh://[user@]host[:port][/path], tcp://host:port or https://host:port");
        }

        if (uri.Host.StartsWith('-') || Uri.UnescapeDataString(uri.UserInfo).StartsWith('-'))
        {
            throw Invalid(url, "a host or user must not begin with a dash");
        }

        return uri.Scheme switch
        {
            "ssh" => new Endpoint(
                EndpointScheme.Ssh,
                uri.AbsolutePath is "/" or "" ? "" : Uri.UnescapeDataString(uri.AbsolutePath),
                uri.Host,
                uri.Port,
                Uri.UnescapeDataString(uri.UserInfo),
                identity
            ),
            "tcp" or "https" when uri.Port > 0 => new Endpoint(
                uri.Scheme == "https" || security is { UsesTls: true } ? EndpointScheme.Https : EndpointScheme.Tcp,
                "",
                uri.IdnHost,
                uri.Port
            )
            {
                Security = security ?? ConnectionSecurity.None,
            },
            "tcp" => throw Invalid(url, "the port is missing"),
            _ => throw Invalid(url, $"unknown scheme {uri.Scheme}; expected unix, ssh, tcp or https"),
        };
    }

    public override string ToString() =>
        Scheme switch
        {
            EndpointScheme.Unix => $"unix://{Path}",
            EndpointScheme.Ssh => $"ssh://{(User.Length > 0 ? User + "@" : "")}{Host}{(Port > 0 ? $":{Port}" : "")}{Path}",
            _ => $"{(Scheme == EndpointScheme.Https ? "https" : "tcp")}://{Address}:{Port}",
        };

    /// <summary>The host as in an address.</summary>
    internal string Address => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;

    private static IlabException Invalid(string url, string problem) => new(ErrorKind.InvalidArgument, $"invalid address \"{url}\": {problem}");
}
