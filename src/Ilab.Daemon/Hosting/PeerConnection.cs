using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Ilab.Daemon.Hosting;

/// <summary>Reads who is at the other end once, when the connection is accepted. Later its socket may be closed, and a closed socket cannot be asked.</summary>
internal static class PeerConnection
{
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    /// <summary>A step of a connection's life for <c>ListenOptions.Use</c>: leaves a <see cref="PeerFeature"/> for all calls of the connection.</summary>
    public static ConnectionDelegate Identify(ConnectionDelegate next) =>
        connection =>
        {
            connection.Features.Set(new PeerFeature(Read(connection.Features.Get<IConnectionSocketFeature>()?.Socket)));
            return next(connection);
        };

    private static PeerIdentity Read(Socket? socket)
    {
        if (socket is not { AddressFamily: AddressFamily.Unix })
        {
            return PeerIdentity.Unknown;
        }

        try
        {
            Span<byte> credentials = stackalloc byte[12];
            return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == credentials.Length
                ? new PeerIdentity(
                    BinaryPrimitives.ReadInt32LittleEndian(credentials),
                    BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(credentials[8..])
                )
                : PeerIdentity.Unknown;
        }
        catch (ObjectDisposedException)
        {
            // The service is ending and has closed its connections; no call will come over this one.
            return PeerIdentity.Unknown;
        }
    }
}

/// <summary>Who is at the other end of a connection.</summary>
internal sealed record PeerFeature(PeerIdentity Peer);
