using System.Runtime.InteropServices;

namespace Ilab.Daemon.Hosting;

/// <summary>What the files and folders of this process are closed to when they are created.</summary>
internal static partial class NewFiles
{
    private const int GroupWriteAndOthers = 0x17; // 0027
    private const int GroupAndOthers = 0x3F;

    /// <summary>
    /// The group may read, others may do nothing; a stricter umask stays, except that it never takes anything from the owner. Called once, before the first file is created:
    /// the umask belongs to the whole process and is never changed again.
    /// </summary>
    public static void CloseToOthers()
    {
        var inherited = umask(GroupWriteAndOthers);
        _ = umask((inherited & GroupAndOthers) | GroupWriteAndOthers);
    }

    [LibraryImport("libc")]
    private static partial int umask(int mask);
}
