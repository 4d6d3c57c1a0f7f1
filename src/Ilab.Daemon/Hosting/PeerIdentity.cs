using System.Buffers.Binary;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;

namespace Ilab.Daemon.Hosting;

/// <summary>Who is at the other end of the socket, as the kernel says (SO_PEERCRED).</summary>
internal readonly record struct PeerIdentity(int Pid, uint Uid, uint Gid)
{
    /// <summary>Somebody whose identity the kernel does not tell, such as a TCP client.</summary>
    public static readonly PeerIdentity Unknown = new(0, uint.MaxValue, uint.MaxValue);
}

internal static class PeerIdentityExtensions
{
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    public static PeerIdentity GetPeer(this ServerCallContext context)
    {
        if (context.GetHttpContext().Features.Get<IConnectionSocketFeature>()?.Socket is not { AddressFamily: System.Net.Sockets.AddressFamily.Unix } socket)
        {
            return PeerIdentity.Unknown;
        }

        Span<byte> credentials = stackalloc byte[12];
        return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == credentials.Length
            ? new PeerIdentity(BinaryPrimitives.ReadInt32LittleEndian(credentials), BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]), BinaryPrimitives.ReadUInt32LittleEndian(credentials[8..]))
            : PeerIdentity.Unknown;
    }
}
