using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Ilab.Daemon.Hosting;

/// <summary>Reads the peer credentials once, when the connection is accepted. Later the socket may be closed, and a closed socket has none.</summary>
internal static class PeerConnection
{
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int PeerGroups = 59;

    /// <summary>As many as a process can have.</summary>
    private const int MostGroups = 1 << 16;

    /// <summary>Connection middleware for <c>ListenOptions.Use</c>: sets a <see cref="PeerFeature"/> for all calls of the connection.</summary>
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
                {
                    Groups = ReadGroups(socket),
                }
                : PeerIdentity.Unknown;
        }
        catch (ObjectDisposedException)
        {
            // The service is stopping and has closed its connections; there will be no call on this one.
            return PeerIdentity.Unknown;
        }
    }

    private static uint[] ReadGroups(Socket socket)
    {
        foreach (var count in (int[])[64, MostGroups])
        {
            try
            {
                var bytes = new byte[count * sizeof(uint)];
                var length = socket.GetRawSocketOption(SocketLevel, PeerGroups, bytes);
                return [.. MemoryMarshal.Cast<byte, uint>(bytes.AsSpan(0, length))];
            }
            catch (SocketException)
            {
                // More than fit; or a kernel before 4.13, which cannot tell: then only the first group counts.
            }
        }

        return [];
    }
}

/// <summary>The peer of a connection.</summary>
internal sealed record PeerFeature(PeerIdentity Peer);
