using Grpc.Core;

namespace Ilab.Daemon.Hosting;

/// <summary>The peer of a socket as reported by the kernel (SO_PEERCRED).</summary>
internal readonly record struct PeerIdentity(int Pid, uint Uid, uint Gid)
{
    /// <summary>Supplementary groups (SO_PEERGROUPS).</summary>
    public IReadOnlyList<uint> Groups
    {
        get => field ?? [];
        init;
    }

    /// <summary>Whether it may be on another machine: paths that it names are none of this one.</summary>
    public bool IsRemote { get; init; }

    /// <summary>A peer without credentials, such as a TCP client.</summary>
    public static readonly PeerIdentity Unknown = new(0, uint.MaxValue, uint.MaxValue) { IsRemote = true };
}

internal static class PeerIdentityExtensions
{
    /// <summary>As read when the connection was accepted; the caller may have exited since.</summary>
    public static PeerIdentity GetPeer(this ServerCallContext context) => context.GetHttpContext().GetPeer();

    public static PeerIdentity GetPeer(this HttpContext context) => context.Features.Get<PeerFeature>()?.Peer ?? PeerIdentity.Unknown;
}
