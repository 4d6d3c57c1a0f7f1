using System.Net.Sockets;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Client.Connections;

/// <summary>Explains why a service cannot be reached, on one line with what to do.</summary>
internal static class ConnectFailure
{
    public static IlabException Of(Endpoint endpoint, Exception exception)
    {
        if (exception is IlabException known)
        {
            return known;
        }

        var code = (exception as SocketException)?.SocketErrorCode;
        return endpoint.Scheme == EndpointScheme.Unix ? OfSocket(endpoint.Path, code, exception) : OfNetwork(endpoint, code, exception);
    }

    /// <summary>Something answers at the address, but not ilabd.</summary>
    public static IlabException NotGrpc(Endpoint endpoint) =>
        new(
            ErrorKind.Unspecified,
            $"cannot reach {endpoint}: the server does not speak gRPC",
            "check the address: --url, ILAB_HOST or 'ilab system connection ls'"
        );

    /// <param name="endpoint">An <c>ssh://</c> address.</param>
    /// <param name="reason">What ssh printed; empty when it printed nothing.</param>
    public static IlabException OfSsh(Endpoint endpoint, string reason) =>
        new(
            ErrorKind.Unspecified,
            $"cannot reach {endpoint}: {(reason.Length > 0 ? reason : "the ssh connection was closed")}",
            $"check that 'ssh {(endpoint.User.Length > 0 ? endpoint.User + "@" : "")}{endpoint.Host} ilab version' works without a password prompt"
        );

    private static IlabException OfNetwork(Endpoint endpoint, SocketError? code, Exception exception) =>
        code switch
        {
            SocketError.ConnectionRefused => Unreachable(
                endpoint,
                "connection refused: nothing listens on that port",
                "start the service there with a TCP address, or check the port",
                exception
            ),
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => Unreachable(
                endpoint,
                $"the host {endpoint.Host} is not known",
                "check the name and the network",
                exception
            ),
            SocketError.TimedOut => Unreachable(endpoint, "connection timed out", "check the address, the network and firewalls", exception),
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => Unreachable(
                endpoint,
                "no route to the host",
                "check the address and the network",
                exception
            ),
            _ => Unreachable(endpoint, exception.Message, "check the address", exception),
        };

    private static IlabException OfSocket(string path, SocketError? code, Exception exception) =>
        code switch
        {
            SocketError.AccessDenied => new IlabException(
                ErrorKind.PermissionDenied,
                $"permission denied on the socket {path}{ModeOf(path)}",
                $"join its group{GroupHint(path)} and log in again",
                exception
            ),
            SocketError.ConnectionRefused => new IlabException(
                ErrorKind.Unspecified,
                $"no ilabd listens on {path}: the socket file is stale",
                "start the service with 'ilab system start'",
                exception
            ),
            _ => new IlabException(ErrorKind.Unspecified, $"no ilabd listens on {path}", "start the service with 'ilab system start'", exception),
        };

    private static IlabException Unreachable(Endpoint endpoint, string cause, string hint, Exception exception) =>
        new(ErrorKind.Unspecified, $"cannot reach {endpoint}: {cause}", hint, exception);

    private static string GroupHint(string path) => path.StartsWith("/run/", StringComparison.Ordinal) ? ": 'usermod -aG ilab USER'" : "";

    private static string ModeOf(string path)
    {
        try
        {
            return $" (mode {Convert.ToString((int)File.GetUnixFileMode(path), 8)})";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
