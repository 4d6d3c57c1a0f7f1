using System.Net.Sockets;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Client.Connections;

/// <summary>Why a service cannot be reached, as a line that says what to do.</summary>
internal static class ConnectFailure
{
    public static IlabException Of(Endpoint endpoint, Exception exception)
    {
        var code = (exception as SocketException)?.SocketErrorCode;
        if (endpoint.Scheme != EndpointScheme.Unix)
        {
            return new IlabException(ErrorKind.Unspecified, $"{endpoint} cannot be reached: {exception.Message}", "check the address", exception);
        }

        return code switch
        {
            SocketError.AccessDenied => new IlabException(ErrorKind.PermissionDenied, $"you may not use the socket {endpoint.Path}{ModeOf(endpoint.Path)}", "join its group, e.g. 'usermod -aG ilab USER', and log in again", exception),
            SocketError.ConnectionRefused => new IlabException(ErrorKind.Unspecified, $"no ilabd answers at {endpoint.Path}: the socket is left from one that has ended", "start it with 'ilab system start'", exception),
            _ => new IlabException(ErrorKind.Unspecified, $"no ilabd answers at {endpoint.Path}", "start it with 'ilab system start'", exception),
        };
    }

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
