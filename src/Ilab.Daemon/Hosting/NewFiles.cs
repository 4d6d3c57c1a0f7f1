using System.Runtime.InteropServices;

namespace Ilab.Daemon.Hosting;

/// <summary>What the files and folders of this process are closed to when they are created.</summary>
internal static partial class NewFiles
{
    private const int GroupAndOthers = 0x3F; // 0077

    /// <summary>
    /// Closes them to the group and to others, whatever umask was inherited: the database and the logs of jobs hold what callers sent. What the group needs,
    /// the way to the socket, is opened by name. Called once, before the first file is created: the umask belongs to the whole process.
    /// </summary>
    public static void CloseToOthers() => _ = umask(GroupAndOthers);

    [LibraryImport("libc")]
    private static partial int umask(int mask);
}
