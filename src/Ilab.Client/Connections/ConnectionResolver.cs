using Ilab.Api.V1;
using Ilab.Client.Errors;
using Ilab.Configuration.Paths;

namespace Ilab.Client.Connections;

/// <summary>The connection options of the command line.</summary>
public sealed record ConnectionOptions(string? Url = null, string? Connection = null, string? Identity = null, bool NoAutostart = false)
{
    public ConnectionSecurity Security { get; init; } = ConnectionSecurity.None;

    /// <summary>The connection of the user's file of settings; its key, certificates and token go to its own address only. Null = there is none.</summary>
    public ConnectionOptions? Configured { get; init; }
}

/// <summary>
/// Chooses the service to talk to, in this order: <c>--url</c>, <c>ILAB_HOST</c>, <c>--connection</c> or <c>ILAB_CONNECTION</c>, the section
/// <c>connection</c> of ilab.conf, <c>ILAB_ROOT</c>, the default connection, the per-user socket, the system socket.
/// </summary>
public sealed class ConnectionResolver(Func<string, string?> environment)
{
    /// <exception cref="IlabException">INVALID_ARGUMENT: a malformed address. NOT_FOUND: no such connection.</exception>
    public Endpoint Resolve(ConnectionOptions options)
    {
        var security = options.Security.Or(
            new ConnectionSecurity(NotEmpty("ILAB_TLS_CA"), NotEmpty("ILAB_TLS_CERT"), NotEmpty("ILAB_TLS_KEY"), NotEmpty("ILAB_TOKEN_FILE"))
        );
        if ((options.Url ?? NotEmpty("ILAB_HOST")) is { } url)
        {
            return Endpoint.Parse(url, options.Identity, security);
        }

        var paths = RuntimePaths.ForUser(environment);
        if ((options.Connection ?? NotEmpty("ILAB_CONNECTION")) is { } name)
        {
            return Named(new ConnectionsFile(paths.ConfigDirectory).Read(), name, security);
        }

        if (options.Configured is { } configured)
        {
            if (configured.Url is { } address)
            {
                return Endpoint.Parse(address, options.Identity ?? configured.Identity, security.Or(configured.Security));
            }

            if (configured.Connection is { } chosenByFile)
            {
                return Named(new ConnectionsFile(paths.ConfigDirectory).Read(), chosenByFile, security);
            }
        }

        var mayStart = !options.NoAutostart && NotEmpty("ILAB_NO_AUTOSTART") is null && options.Configured is not { NoAutostart: true };
        if (NotEmpty("ILAB_ROOT") is null)
        {
            if (
                File.Exists(Path.Combine(paths.ConfigDirectory, "connections.json"))
                && new ConnectionsFile(paths.ConfigDirectory).Read() is { Default: { } chosen } list
            )
            {
                return Named(list, chosen, security);
            }

            if (!File.Exists(paths.Socket) && File.Exists(RuntimePaths.SystemSocket))
            {
                return new Endpoint(EndpointScheme.Unix, RuntimePaths.SystemSocket);
            }
        }

        return new Endpoint(EndpointScheme.Unix, paths.Socket) { MayAutostart = mayStart };
    }

    private static Endpoint Named(ConnectionList list, string name, ConnectionSecurity security) =>
        list.Connections.FirstOrDefault(connection => connection.Name == name) is { } found
            ? Endpoint.Parse(found.Url, found.Identity, security.Or(found.Security))
            : throw new IlabException(ErrorKind.NotFound, $"no connection named {name}", "'ilab system connection ls' lists them");

    private string? NotEmpty(string variable) => environment(variable) is { Length: > 0 } value ? value : null;
}
