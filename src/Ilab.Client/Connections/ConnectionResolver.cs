using Ilab.Api.V1;
using Ilab.Client.Errors;
using Ilab.Configuration.Paths;

namespace Ilab.Client.Connections;

/// <summary>The connection options of the command line.</summary>
public sealed record ConnectionOptions(string? Url = null, string? Connection = null, string? Identity = null, bool NoAutostart = false);

/// <summary>
/// Chooses the service to talk to, in this order: <c>--url</c>, <c>ILAB_HOST</c>, <c>--connection</c> or <c>ILAB_CONNECTION</c>, <c>ILAB_ROOT</c>, the default
/// connection, the per-user socket, the system socket.
/// </summary>
public sealed class ConnectionResolver(Func<string, string?> environment)
{
    /// <exception cref="IlabException">INVALID_ARGUMENT: a malformed address. NOT_FOUND: no such connection.</exception>
    public Endpoint Resolve(ConnectionOptions options)
    {
        if ((options.Url ?? NotEmpty("ILAB_HOST")) is { } url)
        {
            return Endpoint.Parse(url, options.Identity);
        }

        var paths = RuntimePaths.ForUser(environment);
        if ((options.Connection ?? NotEmpty("ILAB_CONNECTION")) is { } name)
        {
            return Named(new ConnectionsFile(paths.ConfigDirectory).Read(), name);
        }

        var mayStart = !options.NoAutostart && NotEmpty("ILAB_NO_AUTOSTART") is null;
        if (NotEmpty("ILAB_ROOT") is null)
        {
            if (
                File.Exists(Path.Combine(paths.ConfigDirectory, "connections.json"))
                && new ConnectionsFile(paths.ConfigDirectory).Read() is { Default: { } chosen } list
            )
            {
                return Named(list, chosen);
            }

            if (!File.Exists(paths.Socket) && File.Exists(RuntimePaths.SystemSocket))
            {
                return new Endpoint(EndpointScheme.Unix, RuntimePaths.SystemSocket);
            }
        }

        return new Endpoint(EndpointScheme.Unix, paths.Socket) { MayAutostart = mayStart };
    }

    private static Endpoint Named(ConnectionList list, string name) =>
        list.Connections.FirstOrDefault(connection => connection.Name == name) is { } found
            ? Endpoint.Parse(found.Url, found.Identity)
            : throw new IlabException(ErrorKind.NotFound, $"no connection named {name}", "'ilab system connection ls' lists them");

    private string? NotEmpty(string variable) => environment(variable) is { Length: > 0 } value ? value : null;
}
