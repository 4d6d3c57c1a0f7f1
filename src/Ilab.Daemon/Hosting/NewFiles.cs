using System.Runtime.InteropServices;

namespace Ilab.Daemon.Hosting;

/// <summary>Permissions of new files and directories of this process.</summary>
internal static partial class NewFiles
{
    private const int GroupAndOthers = 0x3F; // 0077

    /// <summary>
    /// Denies access to group and others, whatever umask was inherited: the database and job logs contain callers' data. The path to the socket is opened to
    /// the group explicitly. Called once, before the first file is created: the umask is process-wide.
    /// </summary>
    public static void CloseToOthers() => _ = umask(GroupAndOthers);

    [LibraryImport("libc")]
    private static partial int umask(int mask);
}
