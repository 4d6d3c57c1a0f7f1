using Ilab.Engine.Store.Content;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// Opens files for a job with the permissions of its caller, even long after the call. That the caller is on this machine is known to the call only, which
/// checks every path (<see cref="PeerFileAccess.Check"/>) before there is a job.
/// </summary>
internal sealed class CallerFiles : ICallerFiles
{
    public SafeFileHandle Open(string path, uint uid) => PeerFileAccess.Open(path, new PeerIdentity(0, uid, uint.MaxValue));
}
