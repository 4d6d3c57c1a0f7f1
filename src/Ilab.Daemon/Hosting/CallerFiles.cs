using Ilab.Engine.Store.Content;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Daemon.Hosting;

/// <summary>Opens files for a job with the permissions of its caller, even long after the call.</summary>
internal sealed class CallerFiles : ICallerFiles
{
    public SafeFileHandle Open(string path, uint uid) => PeerFileAccess.Open(path, new PeerIdentity(0, uid, uint.MaxValue));
}
